// One mail on its way from the upstream to the client.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "message/header.hpp"
#include "message/spool.hpp"
#include "notify/edit.hpp"
#include "pop3/codec.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::pop3 {

/// A mail as it arrives: decoded, kept, and judged at the same time.
struct incoming {
  incoming(std::uint32_t number, const message::spool_limits& limits,
           const verdict::settings& settings, verdict::services with,
           verdict::source from)
      : number(number),
        spool(limits),
        evaluation(settings, std::move(with), std::move(from)) {}

  /// Takes a decoded piece. False when there is no room to keep it: then the
  /// mail is whole up to here, without the piece.
  bool take(std::string_view piece) {
    if (!spool.append(piece))
      return false;
    if (whole)
      evaluation.write(piece);
    return true;
  }

  std::uint32_t number;
  /// What it has cost so far: arriving, from the upstream's status line on, and
  /// being judged.
  std::chrono::steady_clock::duration took{};
  dot_decoder decoder;
  message::spool spool;
  verdict::evaluation evaluation;
  std::string refused;  // the upstream's -ERR instead of a mail
  bool whole = true;    // false: TOP was asked for a part, nothing is judged
  bool lost = false;    // its octets are dropped: ask again when it is wanted
};

/// A spooled mail, read once more as a whole.
class spooled_octets final : public verdict::octet_source {
 public:
  explicit spooled_octets(message::spool& s) : spool_(s) {}

  std::size_t size() const override { return spool_.size(); }
  std::optional<std::string> read() override {
    std::string out;
    out.reserve(spool_.size());
    while (out.size() < spool_.size()) {
      const auto octets = spool_.read(out.size());
      if (!octets)
        return std::nullopt;
      out += *octets;
    }
    return out;
  }

 private:
  message::spool& spool_;
};

/// The other half: the mail as the client gets it, edited and byte-stuffed.
class outgoing {
 public:
  /// `body_lines`: what TOP asks for; otherwise the whole body.
  outgoing(const notify::settings& settings, notify::placement where,
           std::optional<std::uint32_t> body_lines)
      : editor_(settings, where), lines_left_(body_lines) {}

  void set_fields(std::string fields) { editor_.set_fields(std::move(fields)); }
  /// See notify::mail_editor.
  std::string take_held() { return editor_.take_held(); }

  /// Appends to `out` what of `octets` may go to the client. The answer is how
  /// many octets were taken (see notify::mail_editor::write).
  std::size_t write(std::string_view octets, std::string& out) {
    if (editor_.passes_all()) {
      encoder_.write(cut(octets), out);
      return octets.size();
    }
    edited_.clear();
    const std::size_t taken = editor_.write(octets, edited_);
    encoder_.write(cut(edited_), out);
    return taken;
  }

  void finish(std::string& out) {
    edited_.clear();
    editor_.finish(edited_);
    encoder_.write(cut(edited_), out);
    encoder_.finish(out);
  }

 private:
  /// What of `octets` belongs to the header or to the lines TOP asks for.
  std::string_view cut(std::string_view octets) {
    if (!lines_left_)
      return octets;
    std::size_t end = 0;
    if (!in_body_) {
      const auto header = header_.find(octets);
      if (!header)
        return octets;
      in_body_ = true;
      end = *header;
    }
    while (*lines_left_ > 0 && end < octets.size()) {
      const std::size_t lf = octets.find('\n', end);
      if (lf == std::string_view::npos)
        return octets;
      end = lf + 1;
      --*lines_left_;
    }
    return octets.substr(0, end);
  }

  notify::mail_editor editor_;
  std::optional<std::uint32_t> lines_left_;
  message::header_end_finder header_;
  bool in_body_ = false;
  dot_encoder encoder_;
  std::string edited_;
};

/// The header of a mail, or as much of it as is kept (16 KB).
std::string header_of(message::spool& mail);

}  // namespace mekiki::pop3
