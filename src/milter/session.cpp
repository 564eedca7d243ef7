#include "milter/session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace mekiki::milter {
namespace {

constexpr std::uint32_t oldest_version = 2;
constexpr std::uint32_t newest_version = 6;
constexpr std::uint32_t needed_actions = adds_headers | changes_headers;
/// Asked for where the MTA offers them. Without the answers that nobody needs
/// it does not wait for us.
constexpr std::uint32_t wanted_steps =
    no_unknown | no_data | no_reply_header | no_reply_connect | no_reply_helo |
    no_reply_mail | no_reply_recipient | no_reply_end_of_header |
    no_reply_body | leading_space;

std::uint32_t step_without_reply(command c) {
  switch (c) {
    case command::connect:
      return no_reply_connect;
    case command::helo:
      return no_reply_helo;
    case command::mail:
      return no_reply_mail;
    case command::recipient:
      return no_reply_recipient;
    case command::header:
      return no_reply_header;
    case command::end_of_header:
      return no_reply_end_of_header;
    case command::body:
      return no_reply_body;
    default:
      return 0;
  }
}

/// "<taro@example.jp>", as SMTP has it, or without the brackets.
std::string path_in(std::string_view text) {
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>')
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

using result = expected<session::step, std::string>;

result malformed(std::string_view what) {
  return unexpected(fmt::format("a malformed packet: {}", what));
}

}  // namespace

session::session(std::string authserv_id, const limits& l)
    : authserv_id_(std::move(authserv_id)), limits_(l), forged_(authserv_id_) {}

session::result session::take(const packet& p, std::string& out) {
  const auto what = static_cast<command>(p.what);
  if (stage_ == stage::start && what != command::negotiate)
    return unexpected(std::string("the peer does not begin as a milter does"));
  result done;
  switch (what) {
    case command::negotiate:
      return negotiate(p.data, out);
    case command::macros:
      take_macros(p.data);
      return step{};
    case command::connect:
      done = take_connection(p.data);
      break;
    case command::helo:
      if (const auto texts = parse_texts(p.data); texts && !texts->empty())
        client_.helo = texts->front();
      break;
    case command::mail:
      done = take_sender(p.data);
      break;
    case command::recipient:
      done = take_recipient(p.data);
      break;
    case command::header:
      done = take_field(p.data);
      break;
    case command::end_of_header:
      if (stage_ != stage::envelope && stage_ != stage::header)
        return malformed("a header ends that has not begun");
      done = give(event::octets, "\r\n", stage::body);
      break;
    case command::body:
      done = take_body(p.data, event::octets);
      break;
    case command::end_of_mail:
      return take_body(p.data, event::end_of_mail);
    case command::abort: {
      const bool had_begun = stage_ == stage::header || stage_ == stage::body;
      forget_mail();
      return step{.what = had_begun ? event::aborted : event::none};
    }
    case command::quit:
      return step{.what = event::quit};
    case command::quit_connection:
      forget_client();
      return step{};
    default:  // DATA, and what the MTA itself does not know
      // What a newer MTA says must not stop its mail.
      break;
  }
  if (done && (agreed_.steps & step_without_reply(what)) == 0)
    write_packet(out, reply::proceed);
  return done;
}

session::result session::negotiate(std::string_view data, std::string& out) {
  const auto offer = parse_negotiation(data);
  if (!offer)
    return malformed("the negotiation");
  if (offer->version < oldest_version) {
    return unexpected(fmt::format(
        "the MTA speaks version {} of the milter protocol; {} is the oldest "
        "that Mekiki speaks",
        offer->version, oldest_version));
  }
  if ((offer->actions & needed_actions) != needed_actions) {
    return unexpected(std::string(
        "the MTA does not let Mekiki add and change header fields"));
  }
  agreed_ = {.version = std::min(offer->version, newest_version),
             .actions = offer->actions & (needed_actions | quarantines),
             .steps = offer->steps & wanted_steps};
  write_packet(out, static_cast<char>(command::negotiate), format(agreed_));
  stage_ = stage::connected;
  return step{};
}

session::result session::take_connection(std::string_view data) {
  const auto facts = parse_connection(data);
  if (!facts)
    return malformed("of a connection");
  forget_client();
  client_.name = facts->name;
  if (facts->family == '4' || facts->family == '6') {
    std::string_view address = facts->address;
    constexpr std::string_view prefix = "IPv6:";  // Sendmail
    if (ascii::istarts_with(address, prefix))
      address.remove_prefix(prefix.size());
    client_.address = parse_ip_address(address);
  }
  return step{};
}

session::result session::take_sender(std::string_view data) {
  const auto texts = parse_texts(data);
  if (!texts || texts->empty())
    return malformed("of a sender");
  forget_mail();
  mail_.user = std::exchange(next_user_, {});
  mail_.queue_id = std::exchange(next_id_, {});
  mail_.sender = path_in(texts->front());
  stage_ = stage::envelope;
  return step{};
}

session::result session::take_recipient(std::string_view data) {
  const auto texts = parse_texts(data);
  if (!texts || texts->empty())
    return malformed("of a recipient");
  ++mail_.recipient_count;
  std::string path = path_in(texts->front());
  recipient_octets_ += path.size();
  if (recipient_octets_ <= limits_.recipients)
    mail_.recipients.push_back(std::move(path));
  return step{};
}

session::result session::take_field(std::string_view data) {
  const auto texts = parse_texts(data);
  if (!texts || texts->size() != 2)
    return malformed("of a header field");
  if (stage_ != stage::envelope && stage_ != stage::header)
    return malformed("a header field outside of a header");
  header_octets_ += data.size();
  if (header_octets_ > limits_.header || ++fields_ > limits_.fields)
    mail_.excess = "its header is too large";
  if (!mail_.excess.empty())
    return give(event::none, {}, stage::header);
  const std::string_view name = texts->front();
  const std::string_view value = texts->back();
  forged_.add(name, value);
  if (forged_.count() > limits_.imitations)
    mail_.excess = "it has too many fields that only this server writes";
  octets_.assign(name);
  octets_ += ':';
  if ((agreed_.steps & leading_space) == 0)
    octets_ += ' ';
  octets_ += with_crlf(value);
  octets_ += "\r\n";
  return give(event::octets, octets_, stage::header);
}

session::result session::take_body(std::string_view data, event what) {
  if (stage_ == stage::start || stage_ == stage::connected)
    return malformed("a body without its envelope");
  if (stage_ == stage::body)
    return give(what, data, stage::body);
  // Its header had no end.
  octets_ = "\r\n";
  octets_ += data;
  return give(what, octets_, stage::body);
}

session::step session::give(event what, std::string_view octets, stage next) {
  const bool begins = stage_ == stage::envelope;
  stage_ = what == event::end_of_mail ? stage::connected : next;
  return {.what = what, .begins = begins, .octets = octets};
}

void session::take_macros(std::string_view data) {
  const auto list = parse_macros(data);
  if (!list)
    return;
  // Those of MAIL come before it.
  const bool is_for_next = list->what == static_cast<char>(command::mail);
  for (const macro& m : list->macros) {
    if (m.name == "v") {
      is_postfix_ = m.value.starts_with("Postfix");
    } else if (m.name == "i") {
      (is_for_next ? next_id_ : mail_.queue_id) = m.value;
    } else if (m.name == "auth_authen" && is_for_next) {
      next_user_ = m.value;
    }
  }
}

void session::forget_client() {
  forget_mail();
  client_ = {};
  next_user_.clear();
  next_id_.clear();
}

void session::forget_mail() {
  mail_ = {};
  forged_ = forged_fields(authserv_id_);
  header_octets_ = fields_ = recipient_octets_ = 0;
  if (stage_ != stage::start)
    stage_ = stage::connected;
}

std::string session::value_for_mta(std::string_view value) const {
  if ((agreed_.steps & leading_space) == 0 && value.starts_with(' '))
    value.remove_prefix(1);
  while (value.ends_with("\r\n")) value.remove_suffix(2);
  return with_lf(value);
}

}  // namespace mekiki::milter
