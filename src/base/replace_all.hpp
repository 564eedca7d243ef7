#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki {

/// `from` is not empty; what `to` brings in is not looked at again. Linear.
inline void replace_all(std::string& text, std::string_view from,
                        std::string_view to) {
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at; (at = text.find(from, begin)) != std::string::npos;
       begin = at + from.size())
    out.append(text, begin, at - begin).append(to);
  text = out.append(text, begin);
}

}  // namespace mekiki
