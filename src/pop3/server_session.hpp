// The server's side of one session after login: the client's commands and our
// own, their answers in order, and the mails that were read ahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "delivery/desk.hpp"
#include "pop3/codec.hpp"
#include "pop3/host_memory.hpp"
#include "pop3/mail_receiver.hpp"
#include "pop3/maildrop.hpp"
#include "pop3/read_ahead.hpp"
#include "pop3/server_link.hpp"
#include "pop3/top_probe.hpp"

namespace mekiki::pop3 {

/// How a session came to its server, and what it knows of it.
struct server_facts {
  std::string name;  // host and port, for host_memory
  std::string greeting;
  /// The network of the client that logged in first (credentials::client).
  std::string client;
  host_facts host;
  bool client_deletes = false;  // the account's last session deleted all
};

class server_session {
 public:
  /// All references outlive it.
  server_session(std::unique_ptr<upstream> connection,
                 const upstream_rules& rules, const prefetch_rules& ahead,
                 server_facts facts, host_memory& hosts, delivery::desk& desk,
                 const delivery::recipient& recipient);

  /// Called while an answer of the server is waited for; set it before the
  /// first command. It outlives this, or is replaced.
  void observe(delivery::wait_observer& o) { link_.observe(o); }

  // --- Commands that are passed on. They return nothing if the server is
  // --- lost; `why_lost` says why.

  /// Sends a command and reads its status line, after all answers that are
  /// still due.
  boost::asio::awaitable<std::optional<std::string>> ask(std::string command);
  /// LIST or UIDL of all mails, and its status line. After "+OK", `next_line`
  /// up to the final ".".
  boost::asio::awaitable<std::optional<std::string>> ask_list(
      std::string command);
  boost::asio::awaitable<std::optional<std::string>> next_line();
  const std::string& why_lost() const { return link_.why_lost(); }
  /// After "+OK" to LIST n or UIDL n, to which some servers answer with the
  /// list of all mails: such a list is skipped before the next status line.
  void expect_stray_list(std::string_view command);

  /// What the server can do. Asked for once, and not on a server that breaks at
  /// it.
  boost::asio::awaitable<std::optional<capabilities>> learn_capabilities();
  /// LIST n, for ourselves. False if the server is lost.
  boost::asio::awaitable<bool> learn_size(std::uint32_t number);

  /// Queues DELE of a mail that was delivered in this session; its answer is
  /// read later, with that of the next command. False: send DELE with `ask`
  /// instead.
  boost::asio::awaitable<bool> erase(std::uint32_t number);
  /// The server took a DELE.
  void note_deleted(std::uint32_t number);
  /// The server's words if it refused a queued DELE.
  const std::string& refused_erasure() const { return refused_; }
  /// The server took a RSET.
  void reset();
  /// Before QUIT: drops the mails that are still arriving ahead of the client.
  void drop_ahead();

  // --- Mails

  /// The client wants this mail: has it been read, or asked for, ahead?
  struct ahead_mail {
    /// It has arrived as a whole.
    std::shared_ptr<delivery::arriving_mail> mail;
    /// The server sends it next: call `receive`, then `note_came_ahead`.
    bool is_coming = false;
  };
  boost::asio::awaitable<ahead_mail> take_ahead(std::uint32_t number);
  /// Sends RETR or TOP and returns the status line; after "+OK", call
  /// `receive`. `more` are mails for which the client has sent RETR after it,
  /// see `ask_wanted`.
  boost::asio::awaitable<std::optional<std::string>> open_mail(
      std::string command, std::uint32_t number,
      const std::vector<std::uint32_t>& more = {});
  /// The client has sent RETR for these after the mail that is being received.
  /// If the server supports pipelining, RETR is sent for them immediately, so
  /// that they are already on their way when they are opened.
  boost::asio::awaitable<void> ask_wanted(
      const std::vector<std::uint32_t>& numbers);

  /// Receives the mail that was opened, or that is coming. After `no_room` call
  /// `next_piece`. Never `too_long`.
  boost::asio::awaitable<arrival> receive(delivery::arriving_mail& mail);
  boost::asio::awaitable<mail_receiver::piece> next_piece();

  /// A mail was received by RETR. False: it is not as long as LIST says while
  /// other answers are due, so these cannot be trusted, and the server is lost.
  bool note_retrieved(std::uint32_t number,
                      std::shared_ptr<delivery::arriving_mail> mail);
  /// The mail that was coming was received. False: it is not as long as LIST
  /// says, and is to be asked for by RETR, if the server is not lost.
  bool note_came_ahead(std::uint32_t number, delivery::arriving_mail& mail);
  /// The mail's octets went through `next_piece`.
  void note_streamed() { wanted_ = 0; }
  /// How long TOP's answer to a huge count was, compared with LIST.
  enum class top_length : std::uint8_t { exact, other, not_known };
  top_length check_top(std::uint32_t number, delivery::arriving_mail& mail);
  /// The server refused a huge count and took a small one, or gave a part.
  void note_top_is_partial();
  bool gives_whole_by_top() const {
    return facts_.host.top != host_facts::top_answer::partial;
  }
  /// To be called if TOP gave another length than LIST. Octets that still come
  /// before the next command is sent belong to it and are dropped.
  void suspect_desync(std::uint32_t number);
  /// To be called if that was the whole mail after all: LIST is an estimate.
  void trust_sync();

  /// Asks for the next mails, as many as the rules allow.
  boost::asio::awaitable<void> ask_ahead();

  /// Keeps the connection from being idle while the client reads slowly.
  boost::asio::awaitable<void> keep_alive();
  void close() { link_.close(); }

  maildrop& listed() { return maildrop_; }
  read_ahead& ahead() { return ahead_; }

 private:
  /// A command whose answer is due.
  struct question {
    enum class kind : std::uint8_t {
      erasure,     // queued DELE
      mail,        // TOP of a mail nobody asked for yet
      wanted,      // RETR of a mail that the client asked for already
      probe,       // TOP of the mail in `probe_`
      count,       // STAT
      sizes,       // LIST
      keep_alive,  // NOOP
    };
    kind what{};
    std::uint32_t number = 0;
  };

  /// A mail that is read ahead of the client.
  struct kept_mail {
    std::shared_ptr<delivery::arriving_mail> what;
    bool has_dot_line = false;
  };

  /// Those that have arrived.
  class kept_mails {
   public:
    void put(std::uint32_t number, kept_mail mail) {
      erase(number);
      octets_ += mail.what->size();
      mails_[number] = std::move(mail);
    }
    std::optional<kept_mail> take(std::uint32_t number) {
      auto node = mails_.extract(number);
      if (!node)
        return std::nullopt;
      octets_ -= node.mapped().what->size();
      return std::move(node.mapped());
    }
    void erase(std::uint32_t number) { take(number); }
    void clear() {
      mails_.clear();
      octets_ = 0;
    }
    bool contains(std::uint32_t number) const {
      return mails_.contains(number);
    }
    bool empty() const { return mails_.empty(); }
    std::size_t size() const { return mails_.size(); }
    std::size_t octets() const { return octets_; }

   private:
    std::map<std::uint32_t, kept_mail> mails_;
    std::size_t octets_ = 0;
  };

  /// How long a mail was that arrived.
  struct received {
    std::size_t octets = 0;
    bool ends_with_crlf = false;
  };

  bool pipelining() const;
  boost::asio::awaitable<bool> send(std::string command);
  boost::asio::awaitable<std::optional<std::string>> read_status();
  /// The status line of a mail: false if the server is lost, nothing if it
  /// gives none.
  boost::asio::awaitable<std::optional<bool>> open_answer();
  /// Reads all answers that are due, and sends the commands that wait for them.
  boost::asio::awaitable<bool> settle();
  boost::asio::awaitable<bool> settle_one();
  boost::asio::awaitable<bool> make_way();
  boost::asio::awaitable<bool> send_and_settle(std::string command,
                                               bool is_long_answer);
  boost::asio::awaitable<bool> send_erasures();
  boost::asio::awaitable<void> ask_sizes();
  boost::asio::awaitable<bool> receive_erasure();
  boost::asio::awaitable<bool> open_ahead();
  boost::asio::awaitable<bool> receive_ahead(std::uint32_t number);
  boost::asio::awaitable<bool> receive_probe();
  boost::asio::awaitable<bool> receive_count();
  boost::asio::awaitable<bool> receive_sizes();
  boost::asio::awaitable<bool> drop_wanted();
  boost::asio::awaitable<bool> drop_rest();
  boost::asio::awaitable<bool> resync();
  boost::asio::awaitable<arrival> receive(delivery::arriving_mail& mail,
                                          std::uint32_t number,
                                          std::size_t most);
  void doubt_pipelining();
  void begin_long_answer();
  void end_long_answer();
  void stop_ahead(std::string_view why);
  void learn();
  bool may_read_ahead() const;
  bool is_probing() const;
  bool check_size(std::uint32_t number, received size);
  void note_probe(bool whole);
  bool is_whole(std::uint32_t number, delivery::arriving_mail& mail);
  static received size_of(delivery::arriving_mail& mail);
  read_ahead::load load() const;
  bool is_due(question::kind what, std::uint32_t number) const;
  bool is_any_due(std::initializer_list<question::kind> kinds) const;

  server_link link_;
  mail_receiver receiver_;
  prefetch_rules ahead_rules_;
  server_facts facts_;
  host_memory& hosts_;
  delivery::desk& desk_;
  const delivery::recipient& recipient_;

  maildrop maildrop_;
  std::unordered_set<std::uint32_t> delivered_;
  std::deque<question> due_;                    // sent, answers in this order
  std::deque<std::uint32_t> unsent_deletions_;  // DELEs that are not sent yet
  std::string refused_;
  bool sent_together_ = false;  // a command before the one before was answered
  bool answers_together_ = false;  // and both were
  bool is_asked_ = false;          // the client's command was sent after `due_`
  bool stray_list_ = false;
  bool stray_sizes_ = false;  // it is one of LIST

  read_ahead ahead_;
  kept_mails kept_;
  top_probe probe_;
  bool dropping_ = false;
  bool count_asked_ = false;
  bool sizes_asked_ = false;
  /// Mails whose sizes by LIST are not known yet.
  static constexpr std::size_t most_received = 100;
  std::vector<std::pair<std::uint32_t, received>> received_;

  std::uint32_t wanted_ = 0;  // the mail that comes in for the client
  bool is_wanted_by_top_ = false;
  bool is_coming_ = false;         // it was asked for ahead
  std::size_t in_transit_ = 0;     // mails and lists that were asked for
  steady_point busy_since_{};      // when the measured time began
  std::uint64_t busy_octets_ = 0;  // octets that had arrived by then
  bool is_later_part_ = false;     // it began at a lull, not at a command
};

}  // namespace mekiki::pop3
