// What an MTA says of one SMTP client and its mails, as a state machine:
// packets in, events and answers out. No sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/ip_address.hpp"
#include "milter/codec.hpp"
#include "milter/forged_fields.hpp"

namespace mekiki::milter {

/// The client, as the MTA sees it.
struct client_facts {
  std::string name;                   // of its address, or "[192.0.2.1]"
  std::optional<ip_address> address;  // nothing: not known, or a local socket
  std::string helo;
};

/// The envelope of one mail (RFC 5321 2.3.1).
struct envelope {
  std::string sender;  // without <>; "" is the null reverse-path
  /// Without <>; the first that fit into session::limits.
  std::vector<std::string> recipients;
  std::size_t recipient_count = 0;  // of all
  /// Why its header cannot be taken: more than any honest one has. Its octets
  /// are not given out any more. Empty: it can.
  std::string excess;
  std::string user;      // who logged in; empty: nobody
  std::string queue_id;  // of the MTA; may be empty
};

class session {
 public:
  struct limits {
    std::size_t header = std::size_t{4} << 20;  // octets of a mail's header
    std::size_t fields = 10'000;
    std::size_t imitations = 100;  // of our fields: an MTA removes them slowly
    std::size_t recipients = 64 << 10;  // octets that are kept of them
  };
  enum class event : std::uint8_t {
    none,
    octets,       // of a mail
    end_of_mail,  // these were the last octets; the answer is up to the caller
    aborted,      // the mail that had begun comes to nothing
    quit,
  };
  struct step {
    event what = event::none;
    bool begins = false;      // they are the first of a mail
    std::string_view octets;  // valid until the next call
  };

  session(std::string authserv_id, const limits& l);

  /// Takes a packet, and appends to `out` the answer that it needs. An error is
  /// a sentence: the connection is of no use any more. Nothing that a mail
  /// holds is an error: the next mail of the connection would go unseen.
  expected<step, std::string> take(const packet& p, std::string& out);

  /// MAIL was there, and the mail is neither at its end nor given up.
  bool is_in_mail() const { return stage_ > stage::connected; }
  const client_facts& client() const { return client_; }
  const envelope& mail() const { return mail_; }
  /// Fields of the mail that imitate ours.
  const forged_fields& forged() const { return forged_; }
  /// What MTA and we agreed on.
  const negotiation& agreed() const { return agreed_; }
  /// The MTA says that it is Postfix.
  bool is_postfix() const { return is_postfix_; }
  bool can_quarantine() const { return (agreed_.actions & quarantines) != 0; }

  /// A field's value as it is sent to the MTA: LF for CRLF, and the white space
  /// behind the colon where the MTA adds none.
  std::string value_for_mta(std::string_view value) const;

 private:
  using result = expected<step, std::string>;
  enum class stage : std::uint8_t {
    start,      // nothing is agreed on
    connected,  // no mail
    envelope,   // MAIL was there
    header,     // of a mail that has begun
    body,
  };

  result negotiate(std::string_view data, std::string& out);
  result take_connection(std::string_view data);
  result take_sender(std::string_view data);
  result take_recipient(std::string_view data);
  result take_field(std::string_view data);
  result take_body(std::string_view data, event what);
  step give(event what, std::string_view octets, stage next);
  void take_macros(std::string_view data);
  void forget_mail();
  void forget_client();

  const std::string authserv_id_;
  const limits limits_;
  negotiation agreed_;
  stage stage_ = stage::start;
  client_facts client_;
  envelope mail_;
  forged_fields forged_;
  std::size_t header_octets_ = 0;
  std::size_t fields_ = 0;
  std::size_t recipient_octets_ = 0;
  std::string octets_;
  std::string next_user_;  // of the mail whose MAIL follows
  std::string next_id_;
  bool is_postfix_ = false;
};

}  // namespace mekiki::milter
