#include "pop3/own_mail_answers.hpp"

#include <fmt/format.h>

#include "pop3/codec.hpp"

namespace mekiki::pop3 {

boost::asio::awaitable<std::string> answer_about(own_mails& mails,
                                                 const action& a,
                                                 const std::string& account,
                                                 store::store& history) {
  using kind = action::kind;
  const store::listed_warning* mail = mails.find(a.message);
  if (mail == nullptr)
    co_return "-ERR this message is deleted\r\n";
  if (a.what == kind::remove) {
    mails.remove(a.message);
    co_return "+OK deleted\r\n";
  }
  if (a.what == kind::single_line && a.text.starts_with("LIST"))
    co_return fmt::format("+OK {} {}\r\n", a.message, mail->size);
  if (a.what == kind::single_line)
    co_return fmt::format("+OK {} {}\r\n", a.message, mail->uidl);
  const auto octets =
      co_await history.warnings().octets_of(account, mail->uidl);
  if (!octets || octets->size() != mail->size)
    co_return "-ERR [SYS/TEMP] Mekiki: this warning cannot be had now\r\n";
  dot_encoder encoder;
  std::string out = "+OK\r\n";
  encoder.write(a.what == kind::top ? head_of(*octets, a.lines) : *octets, out);
  encoder.finish(out);
  co_return out;
}

}  // namespace mekiki::pop3
