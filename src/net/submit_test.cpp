#include "net/submit.hpp"

#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <unistd.h>

#include <arpa/inet.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "base/test_folder.hpp"
#include "dns/zone_resolver.hpp"
#include "net/test_pair.hpp"

namespace mekiki::net {
namespace {

using std::chrono::milliseconds;
using test::ample;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string silent = "silent";  // as a reply: none, and then stop
const std::string closed = "closed";  // as a reply: the connection ends

/// What a server says. A reply is what comes without its final CRLF.
struct script {
  submit_tls with = submit_tls::starttls;
  std::string hello = "250-mx.example.jp\r\n250-SIZE 1000\r\n250 STARTTLS";
  std::string secure_hello =
      "250-mx.example.jp\r\n250-SIZE 1000\r\n"
      "250 AUTH CRAM-MD5 LOGIN PLAIN NTLM EXTERNAL";
  /// By the first word of a command, "." for the end of the mail, "greeting";
  /// those that are not here are good.
  std::map<std::string, std::string> replies;
};

/// What reached the server, in clear and over TLS.
struct heard {
  std::vector<std::string> clear;
  std::vector<std::string> secure;
  std::string mail;  // with its dots still doubled, without the last one
};

/// One conversation on a loopback port, in a thread of its own.
class server {
 public:
  server(script says, tls_context& tls, std::function<void()> when_silent = {})
      : says_(std::move(says)),
        tls_(tls),
        when_silent_(std::move(when_silent)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(here);
    auto* address = reinterpret_cast<sockaddr*>(&here);
    if (::bind(listener_, address, size) != 0 || ::listen(listener_, 1) != 0 ||
        ::getsockname(listener_, address, &size) != 0) {
      throw std::runtime_error("no port");
    }
    port_ = ntohs(here.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~server() { finish(); }

  std::uint16_t port() const { return port_; }

  /// Everything that was said; the conversation must have ended.
  const heard& finish() {
    if (thread_.joinable()) {
      ::shutdown(listener_, SHUT_RDWR);  // if nobody came
      thread_.join();
      ::close(listener_);
    }
    return heard_;
  }

 private:
  void serve() {
    socket_ = ::accept(listener_, nullptr, nullptr);
    if (socket_ < 0)
      return;
    if (says_.with != submit_tls::tls || secure())
      converse();
    if (ssl_ != nullptr)
      SSL_free(ssl_);
    ::close(socket_);
  }

  bool secure() {
    ssl_ = SSL_new(tls_.native());
    SSL_set_fd(ssl_, socket_);
    return SSL_accept(ssl_) == 1;
  }

  bool read_octet(char& c) {
    return ssl_ != nullptr ? SSL_read(ssl_, &c, 1) == 1
                           : ::recv(socket_, &c, 1, 0) == 1;
  }

  bool read_line(std::string& line) {
    line.clear();
    char c = 0;
    while (!line.ends_with("\r\n")) {
      if (!read_octet(c))
        return false;
      line += c;
    }
    line.resize(line.size() - 2);
    return true;
  }

  // False where the conversation ends.
  bool answer(const std::string& key, const std::string& usual) {
    const auto found = says_.replies.find(key);
    const std::string& reply =
        found == says_.replies.end() ? usual : found->second;
    if (reply == closed)
      return false;
    if (reply == silent) {
      if (when_silent_)
        when_silent_();
      char c = 0;
      while (read_octet(c)) {
      }
      return false;
    }
    const std::string line = reply + "\r\n";
    const int size = static_cast<int>(line.size());
    if (ssl_ != nullptr)
      return SSL_write(ssl_, line.data(), size) == size;
    return ::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) == size;
  }

  bool take_mail() {
    std::string line;
    while (read_line(line)) {
      if (line == ".")
        return answer(".", "250 2.0.0 Ok: queued as 4711");
      heard_.mail += line + "\r\n";
    }
    return false;
  }

  void converse() {
    bool goes_on = answer("greeting", "220 mx.example.jp ESMTP");
    std::string line;
    while (goes_on && read_line(line)) {
      (ssl_ != nullptr ? heard_.secure : heard_.clear).push_back(line);
      const std::string verb = line.substr(0, line.find(' '));
      if (verb == "EHLO") {
        goes_on =
            answer(verb, ssl_ != nullptr ? says_.secure_hello : says_.hello);
      } else if (verb == "STARTTLS") {
        goes_on = answer(verb, "220 go on") && secure();
      } else if (verb == "AUTH") {
        goes_on = answer(verb, "235 2.7.0 welcome");
      } else if (verb == "DATA") {
        goes_on = answer(verb, "354 go on") &&
                  (says_.replies.contains(verb) || take_mail());
      } else if (verb == "QUIT") {
        answer(verb, "221 bye");
        return;
      } else {
        goes_on = answer(verb, "250 2.1.0 Ok");
      }
    }
  }

  script says_;
  tls_context& tls_;
  std::function<void()> when_silent_;
  heard heard_;
  int listener_ = -1;
  int socket_ = -1;
  SSL* ssl_ = nullptr;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// A certificate for localhost, and those who trust it or do not.
class submission : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ::signal(SIGPIPE, SIG_IGN);
    files = new mekiki::test::folder;
    const system_clock clock;
    const auto made =
        ensure_certificates(files->path() / "tls", {"localhost"}, clock);
    if (!made)
      throw std::runtime_error(made.error());
    ca = new std::filesystem::path(made->ca);
    certificate = tls_context::make_server(made->chain, made->key)->release();
  }
  static void TearDownTestSuite() {
    delete certificate;
    delete ca;
    delete files;
  }

  static smarthost to(const server& there, submit_tls with) {
    smarthost out;
    out.host = with == submit_tls::clear ? "127.0.0.1" : "localhost";
    out.port = there.port();
    out.with = with;
    if (with != submit_tls::clear) {
      out.tls = std::move(*tls_context::make_client(*ca));
      out.user = "mekiki";
      out.password = secret("geheim");
    }
    out.own_name = "proxy.example.jp";
    out.connect_timeout = ample;
    out.timeout = ample;
    return out;
  }

  /// Runs until it is over.
  expected<void, submit_failure> send(const smarthost& to,
                                      std::string_view recipient,
                                      std::string_view octets,
                                      const submit_observer& observe = {}) {
    std::optional<expected<void, submit_failure>> out;
    const submit_services with{.resolver = *zone_, .clock = clock_};
    io_.restart();
    boost::asio::co_spawn(
        io_, submit(to, recipient, octets, with, observe),
        boost::asio::bind_cancellation_slot(
            stop_.slot(), [&out](const std::exception_ptr& error,
                                 expected<void, submit_failure> sent) {
              if (error)
                std::rethrow_exception(error);
              out = std::move(sent);
            }));
    io_.run();
    return *out;
  }

  void stop() { stop_.emit(boost::asio::cancellation_type::terminal); }
  /// For the server's thread.
  std::function<void()> stopping() {
    return [this] { boost::asio::post(io_, [this] { stop(); }); };
  }

  static mekiki::test::folder* files;
  static std::filesystem::path* ca;
  static tls_context* certificate;

 private:
  system_clock clock_;
  std::unique_ptr<dns::zone_resolver> zone_ =
      *dns::parse_zone(R"({"localhost": {"A": ["127.0.0.1"]}})");
  boost::asio::cancellation_signal stop_;
  boost::asio::io_context io_;
};

mekiki::test::folder* submission::files = nullptr;
std::filesystem::path* submission::ca = nullptr;
tls_context* submission::certificate = nullptr;

constexpr std::string_view mail =
    "From: mekiki@example.jp\r\nSubject: test\r\n\r\nhello\r\n";
// base64 of NUL mekiki NUL geheim
const std::string login = "AUTH PLAIN AG1la2lraQBnZWhlaW0=";

const std::string size_of_mail = std::to_string(mail.size());

TEST_F(submission, whole_conversations) {
  struct {
    std::string name;
    submit_tls with;
    std::vector<std::string> clear;
    std::vector<std::string> secure;
    std::vector<std::string> steps;
  } const cases[] = {
      {"starttls",
       submit_tls::starttls,
       {"EHLO proxy.example.jp", "STARTTLS"},
       {"EHLO proxy.example.jp", login, "MAIL FROM:<> SIZE=" + size_of_mail,
        "RCPT TO:<taro@example.jp>", "DATA", "QUIT"},
       {"connected to localhost, port PORT (127.0.0.1)",
        "greeted: 220 mx.example.jp ESMTP",
        "TLS is up and the certificate is right", "logged in as mekiki",
        "sender and recipient are accepted",
        "the mail is accepted: 250 2.0.0 Ok: queued as 4711"}},
      {"TLS at once",
       submit_tls::tls,
       {},
       {"EHLO proxy.example.jp", login, "MAIL FROM:<> SIZE=" + size_of_mail,
        "RCPT TO:<taro@example.jp>", "DATA", "QUIT"},
       {"connected to localhost, port PORT (127.0.0.1)",
        "TLS is up and the certificate is right",
        "greeted: 220 mx.example.jp ESMTP", "logged in as mekiki",
        "sender and recipient are accepted",
        "the mail is accepted: 250 2.0.0 Ok: queued as 4711"}},
      {"clear",
       submit_tls::clear,
       {"EHLO proxy.example.jp", "MAIL FROM:<> SIZE=" + size_of_mail,
        "RCPT TO:<taro@example.jp>", "DATA", "QUIT"},
       {},
       {"connected to 127.0.0.1, port PORT (127.0.0.1)",
        "greeted: 220 mx.example.jp ESMTP", "sender and recipient are accepted",
        "the mail is accepted: 250 2.0.0 Ok: queued as 4711"}},
  };
  for (const auto& c : cases) {
    server there({.with = c.with, .replies = {}}, *certificate);
    std::vector<std::string> steps;
    const auto sent =
        send(to(there, c.with), "taro@example.jp", mail,
             [&](std::string_view step) { steps.emplace_back(step); });
    EXPECT_TRUE(sent) << c.name << ": " << sent.error().reason;
    const heard& got = there.finish();
    EXPECT_EQ(got.clear, c.clear) << c.name;
    EXPECT_EQ(got.secure, c.secure) << c.name;
    EXPECT_EQ(got.mail, mail) << c.name;
    auto expected = c.steps;
    expected[0].replace(expected[0].find("PORT"), 4,
                        std::to_string(there.port()));
    EXPECT_EQ(steps, expected) << c.name;
  }
}

TEST_F(submission, refusals) {
  const std::string no_auth = "250-mx.example.jp\r\n250 SIZE 1000";
  struct {
    std::string name;
    script says;
    bool permanent;
    std::string reason;
  } const cases[] = {
      {"no STARTTLS",
       {.hello = no_auth, .replies = {}},
       false,
       "localhost offers no TLS (STARTTLS) on port PORT; nothing secret was "
       "sent"},
      {"STARTTLS refused",
       {.replies = {{"STARTTLS", "454 4.7.0 not now"}}},
       false,
       "localhost refused TLS: 454 4.7.0 not now"},
      // CVE-2011-0411: what comes in clear after the 220 is not to be believed.
      {"octets after STARTTLS",
       {.replies = {{"STARTTLS", "220 go on\r\n250 AUTH PLAIN"}}},
       false,
       "localhost does not speak SMTP on port PORT"},
      {"busy at once",
       {.replies = {{"greeting", "421 4.3.2 shutting down"}}},
       false,
       "localhost takes no mail now: 421 4.3.2 shutting down"},
      // RFC 5321 3.1
      {"no service",
       {.replies = {{"greeting", "554 no SMTP service here"}}},
       false,
       "localhost takes no mail now: 554 no SMTP service here"},
      {"not SMTP",
       {.replies = {{"greeting", "+OK POP3"}}},
       false,
       "localhost does not speak SMTP on port PORT"},
      {"wrong password",
       {.replies = {{"AUTH", "535 5.7.8 authentication failed"}}},
       false,
       "localhost refused the login: 535 5.7.8 authentication failed"},
      {"login later",
       {.replies = {{"AUTH", "454 4.7.0 try again"}}},
       false,
       "localhost refused the login: 454 4.7.0 try again"},
      {"no mechanism of ours",
       {.secure_hello = "250-mx\r\n250 AUTH CRAM-MD5 DIGEST-MD5 NTLM XOAUTH2",
        .replies = {}},
       false,
       "localhost offers no login that we know (PLAIN or LOGIN)"},
      {"no login at all, and then no relaying",
       {.secure_hello = no_auth,
        .replies = {{"RCPT", "554 5.7.1 relay access denied"}}},
       false,
       "localhost refused the recipient: 554 5.7.1 relay access denied (it had "
       "offered no login)"},
      {"a login is wanted late",
       {.replies = {{"MAIL", "530 5.7.0 authentication required"}}},
       false,
       "localhost refused the empty sender: 530 5.7.0 authentication required"},
      {"sender",
       {.replies = {{"MAIL", "553 5.1.8 sender needed"}}},
       false,
       "localhost refused the empty sender: 553 5.1.8 sender needed"},
      {"size",
       {.replies = {{"MAIL", "552 5.3.4 too large"}}},
       true,
       "localhost refused the empty sender: 552 5.3.4 too large"},
      {"unknown recipient",
       {.replies = {{"RCPT", "550 5.1.1 user unknown"}}},
       true,
       "localhost refused the recipient: 550 5.1.1 user unknown"},
      {"the last line of several",
       {.replies = {{"RCPT", "550-5.1.1 first\r\n550 5.1.1 last"}}},
       true,
       "localhost refused the recipient: 550 5.1.1 last"},
      {"recipient later",
       {.replies = {{"RCPT", "450 4.2.1 greylisted"}}},
       false,
       "localhost refused the recipient: 450 4.2.1 greylisted"},
      {"recipient, and then silence",
       {.replies = {{"RCPT", "550 5.1.1 user unknown"}, {"QUIT", silent}}},
       true,
       "localhost refused the recipient: 550 5.1.1 user unknown"},
      {"DATA",
       {.replies = {{"DATA", "554 5.5.1 no valid recipients"}}},
       true,
       "localhost refused the mail: 554 5.5.1 no valid recipients"},
      {"after the mail",
       {.replies = {{".", "552 5.2.2 mailbox full"}}},
       true,
       "localhost refused the mail: 552 5.2.2 mailbox full"},
      {"after the mail, later",
       {.replies = {{".", "451 4.3.0 disk"}}},
       false,
       "localhost refused the mail: 451 4.3.0 disk"},
      {"gone at once",
       {.replies = {{"greeting", closed}}},
       false,
       "localhost broke the connection off"},
      {"gone at RCPT",
       {.replies = {{"RCPT", closed}}},
       false,
       "localhost broke the connection off"},
      {"gone after the mail",
       {.replies = {{".", closed}}},
       false,
       "localhost broke the connection off"},
      {"silent at once",
       {.replies = {{"greeting", silent}}},
       false,
       "localhost, port PORT, did not answer in time; a port that expects TLS "
       "at once is silent like that"},
      {"silent at RCPT",
       {.replies = {{"RCPT", silent}}},
       false,
       "localhost, port PORT, did not answer in time"},
      {"silent after the mail",
       {.replies = {{".", silent}}},
       false,
       "localhost, port PORT, did not answer in time"},
      {"not printable",
       {.replies = {{"RCPT", "550 \x1b[2J\x07 \xe3\x81\x82"}}},
       true,
       "localhost refused the recipient: 550 ?[2J? ???"},
      {"long",
       {.replies = {{"RCPT", "550 " + std::string(5000, 'x')}}},
       true,
       "localhost refused the recipient: 550 " + std::string(196, 'x')},
  };
  for (const auto& c : cases) {
    server there(c.says, *certificate);
    smarthost where = to(there, submit_tls::starttls);
    if (c.reason.find("in time") != std::string::npos)
      where.timeout = milliseconds(300);
    const auto sent = send(where, "taro@example.jp", mail);
    const heard& got = there.finish();
    ASSERT_FALSE(sent) << c.name;
    EXPECT_EQ(sent.error().permanent, c.permanent) << c.name;
    std::string reason = c.reason;
    if (const auto at = reason.find("PORT"); at != std::string::npos)
      reason.replace(at, 4, std::to_string(there.port()));
    EXPECT_EQ(sent.error().reason, reason) << c.name;
    for (const std::string& line : got.clear) {
      EXPECT_TRUE(line.starts_with("EHLO ") || line == "STARTTLS" ||
                  line == "QUIT")
          << c.name << ": " << line;
    }
    for (const std::string& line : got.secure) {
      EXPECT_TRUE(!line.starts_with("AUTH ") || line == login)
          << c.name << ": " << line;
    }
  }
}

// A relay that does not take us for one of its own says so at RCPT.
TEST_F(submission, no_relaying_for_strangers) {
  struct {
    submit_tls with;
    std::string reply;
    bool permanent;
  } const cases[] = {
      {submit_tls::clear, "554 5.7.1 relay access denied", false},
      {submit_tls::clear, "550 5.1.1 user unknown", true},
      {submit_tls::clear, "550 user unknown", true},
      {submit_tls::clear, "550", true},
      {submit_tls::starttls, "554 5.7.1 he takes no mail of yours", true},
  };
  for (const auto& c : cases) {
    server there({.with = c.with, .replies = {{"RCPT", c.reply}}},
                 *certificate);
    const auto sent = send(to(there, c.with), "taro@example.jp", mail);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().permanent, c.permanent) << c.reply;
  }
}

TEST_F(submission, a_login_by_either_mechanism_and_without_being_asked) {
  struct {
    std::string offered;
    std::vector<std::string> expected;
  } const cases[] = {
      {"250-mx\r\n250 AUTH LOGIN", {"AUTH LOGIN bWVraWtp", "Z2VoZWlt"}},
      {"250-mx\r\n250 AUTH CRAM-MD5 PLAIN", {login}},
      {"250-mx\r\n250 SIZE 1000", {}},  // it takes the mail without
  };
  for (const auto& c : cases) {
    script says{.secure_hello = c.offered, .replies = {}};
    if (!c.expected.empty() && c.expected.size() == 2) {
      says.replies = {{"AUTH", "334 UGFzc3dvcmQ6"}, {"Z2VoZWlt", "235 good"}};
    }
    server there(says, *certificate);
    const auto sent =
        send(to(there, submit_tls::starttls), "taro@example.jp", mail);
    EXPECT_TRUE(sent) << c.offered << ": " << sent.error().reason;
    const auto& lines = there.finish().secure;
    std::vector<std::string> between;
    for (std::size_t i = 1; i < lines.size() && !lines[i].starts_with("MAIL");
         ++i)
      between.push_back(lines[i]);
    EXPECT_EQ(between, c.expected) << c.offered;
  }
}

// A password whose base64 is a command's word does not confuse anybody.
TEST_F(submission, a_password_that_spells_a_command) {
  const std::string three_octets{'\x0c', '\x04', '\xc0'};  // base64: DATA
  server there(
      {.secure_hello = "250-mx\r\n250 AUTH LOGIN",
       .replies = {{"AUTH", "334 UGFzc3dvcmQ6"}, {"DATA", "535 5.7.8 no"}}},
      *certificate);
  smarthost where = to(there, submit_tls::starttls);
  where.password = secret(std::string(three_octets));
  const auto sent = send(where, "taro@example.jp", mail);
  ASSERT_FALSE(sent);
  EXPECT_FALSE(sent.error().permanent);
  EXPECT_EQ(sent.error().reason, "localhost refused the login: 535 5.7.8 no");
}

TEST_F(submission, certificates_that_do_not_verify) {
  struct {
    submit_tls with;
    bool knows_authority;
    std::string host;
    std::string reason;
  } const cases[] = {
      {submit_tls::starttls, false, "localhost",
       "no secure connection to localhost: the certificate was issued by an "
       "authority that this machine does not know"},
      {submit_tls::tls, false, "localhost",
       "no secure connection to localhost: the certificate was issued by an "
       "authority that this machine does not know"},
      {submit_tls::starttls, true, "127.0.0.1",
       "no secure connection to 127.0.0.1: the certificate is for localhost, "
       "not 127.0.0.1"},
      {submit_tls::tls, true, "127.0.0.1",
       "no secure connection to 127.0.0.1: the certificate is for localhost, "
       "not 127.0.0.1"},
  };
  for (const auto& c : cases) {
    server there({.with = c.with, .replies = {}}, *certificate);
    smarthost where = to(there, c.with);
    where.host = c.host;
    if (!c.knows_authority)
      where.tls = std::move(*tls_context::make_client({}));
    const auto sent = send(where, "taro@example.jp", mail);
    ASSERT_FALSE(sent);
    EXPECT_FALSE(sent.error().permanent);
    EXPECT_THAT(sent.error().reason, HasSubstr(c.reason));
    EXPECT_THAT(there.finish().secure, ElementsAre());
  }
}

TEST_F(submission, tls_where_there_is_none) {
  server there({.replies = {}}, *certificate);
  const auto sent = send(to(there, submit_tls::tls), "taro@example.jp", mail);
  ASSERT_FALSE(sent);
  EXPECT_FALSE(sent.error().permanent);
  EXPECT_THAT(sent.error().reason,
              HasSubstr("it does not speak TLS at once there; STARTTLS may be "
                        "meant"));
}

TEST_F(submission, nobody_there) {
  smarthost where;
  {
    server there({.replies = {}}, *certificate);
    where = to(there, submit_tls::starttls);
  }
  const auto sent = send(where, "taro@example.jp", mail);
  ASSERT_FALSE(sent);
  EXPECT_FALSE(sent.error().permanent);
  EXPECT_EQ(sent.error().reason,
            "no connection to localhost, port " + std::to_string(where.port) +
                ": 127.0.0.1:" + std::to_string(where.port) +
                " refused the connection");
}

TEST_F(submission, mails_arrive_octet_for_octet) {
  struct {
    std::string name;
    std::string sent;
    std::string on_the_wire;
  } const cases[] = {
      {"dots", ".first\r\n.\r\n..\r\na.b\r\n.",
       "..first\r\n..\r\n...\r\na.b\r\n..\r\n"},
      {"an end within", "a\r\n.\r\nQUIT\r\n", "a\r\n..\r\nQUIT\r\n"},
      {"8 bits", "caf\xc3\xa9 \xff\x80\r\n", "caf\xc3\xa9 \xff\x80\r\n"},
      {"no final line end", "a", "a\r\n"},
      {"empty lines", "\r\n\r\n", "\r\n\r\n"},
  };
  for (const auto& c : cases) {
    server there({.replies = {}}, *certificate);
    const auto sent =
        send(to(there, submit_tls::starttls), "taro@example.jp", c.sent);
    EXPECT_TRUE(sent) << c.name << ": " << sent.error().reason;
    EXPECT_EQ(there.finish().mail, c.on_the_wire) << c.name;
  }
  // Dots on the borders of what is written at once.
  std::string large;
  std::string expected;
  for (int i = 0; i < 40'000; ++i) {
    const std::string line = "." + std::string(i % 61, 'x') + "\r\n";
    large += line;
    expected += "." + line;
  }
  server there({.replies = {}}, *certificate);
  const auto sent =
      send(to(there, submit_tls::starttls), "taro@example.jp", large);
  EXPECT_TRUE(sent) << sent.error().reason;
  EXPECT_EQ(there.finish().mail, expected);
}

TEST_F(submission, what_could_inject_commands_is_never_sent) {
  struct {
    std::string recipient;
    std::string mail;
  } const cases[] = {
      {"", "a\r\n"},
      {"taro", "a\r\n"},
      {"@example.jp", "a\r\n"},
      {"taro@", "a\r\n"},
      {"taro@example.jp\r\nDATA", "a\r\n"},
      {"taro@example.jp\n", "a\r\n"},
      {"taro@example.jp> NOTIFY=NEVER", "a\r\n"},
      {"taro@example.jp>", "a\r\n"},
      {"<taro@example.jp", "a\r\n"},
      {"taro @example.jp", "a\r\n"},
      {"taro@example.jp\t", "a\r\n"},
      {std::string("taro@example.jp\0x", 17), "a\r\n"},
      {"t\xc3\xa4ro@example.jp", "a\r\n"},
      {"taro@" + std::string(316, 'x'), "a\r\n"},
      {"taro@example.jp", ""},
      {"taro@example.jp", "a\n.\nMAIL FROM:<>\n"},
      {"taro@example.jp", "a\r.\rMAIL FROM:<>\r\n"},
      {"taro@example.jp", "a\r\n.\r"},
      {"taro@example.jp", "a\n.\r\nMAIL FROM:<>\r\n"},
  };
  for (const auto& c : cases) {
    server there({.replies = {}}, *certificate);
    const auto sent =
        send(to(there, submit_tls::starttls), c.recipient, c.mail);
    ASSERT_FALSE(sent) << c.recipient << c.mail;
    EXPECT_TRUE(sent.error().permanent) << c.recipient << c.mail;
    EXPECT_EQ(sent.error().reason.find_first_of("\r\n\t"), std::string::npos);
    EXPECT_THAT(there.finish().clear, ElementsAre());
  }
  server there({.replies = {}}, *certificate);
  const auto sent = send(to(there, submit_tls::starttls),
                         "taro@" + std::string(315, 'x'), mail);
  EXPECT_TRUE(sent);
}

TEST_F(submission, settings_that_are_refused) {
  const auto refused = [&](void (*change)(smarthost&), submit_tls with) {
    server there({.with = with, .replies = {}}, *certificate);
    smarthost where = to(there, with);
    change(where);
    const auto sent = send(where, "taro@example.jp", mail);
    EXPECT_THAT(there.finish().clear, ElementsAre());
    EXPECT_FALSE(!sent && sent.error().permanent);
    return sent ? "sent" : sent.error().reason;
  };
  EXPECT_EQ(
      refused([](smarthost& h) { h.host = "192.0.2.1"; }, submit_tls::clear),
      "192.0.2.1 is no loopback address, and to others mail goes over "
      "TLS only");
  EXPECT_EQ(
      refused([](smarthost& h) { h.host = "localhost"; }, submit_tls::clear),
      "localhost is no loopback address, and to others mail goes over "
      "TLS only");
  EXPECT_EQ(refused([](smarthost& h) { h.user = "mekiki"; }, submit_tls::clear),
            "the password for 127.0.0.1 is sent over TLS only");
  EXPECT_EQ(refused([](smarthost& h) { h.host = "localhost/x"; },
                    submit_tls::starttls),
            "the smarthost's name is no host name");
  EXPECT_EQ(refused([](smarthost& h) { h.host = ""; }, submit_tls::starttls),
            "the smarthost's name is no host name");
  EXPECT_EQ(refused([](smarthost& h) { h.own_name = "a\r\nMAIL"; },
                    submit_tls::starttls),
            "our own name is no host name");
}

TEST_F(submission, it_can_be_stopped_whatever_it_waits_for) {
  for (const std::string when :
       {"greeting", "EHLO", "STARTTLS", "AUTH", "RCPT", "DATA", "."}) {
    server there({.replies = {{when, silent}}}, *certificate, stopping());
    const auto sent =
        send(to(there, submit_tls::starttls), "taro@example.jp", mail);
    ASSERT_FALSE(sent) << when;
    EXPECT_FALSE(sent.error().permanent) << when;
    EXPECT_EQ(sent.error().reason, "the sending was stopped") << when;
  }
}

TEST_F(submission, what_was_accepted_is_sent_whatever_comes_after) {
  for (const std::string& last : {silent, closed, std::string("500 what?")}) {
    server there({.replies = {{"QUIT", last}}}, *certificate);
    const auto sent =
        send(to(there, submit_tls::starttls), "taro@example.jp", mail);
    EXPECT_TRUE(sent) << last << ": " << sent.error().reason;
  }
  server there({.replies = {{"QUIT", silent}}}, *certificate, stopping());
  const auto sent =
      send(to(there, submit_tls::starttls), "taro@example.jp", mail);
  EXPECT_TRUE(sent) << sent.error().reason;
}

TEST_F(submission, what_was_accepted_is_sent_even_if_it_is_stopped_then) {
  server there({.replies = {}}, *certificate);
  const auto sent =
      send(to(there, submit_tls::starttls), "taro@example.jp", mail,
           [&](std::string_view step) {
             if (step.find("accepted: ") != std::string_view::npos)
               stop();
           });
  EXPECT_TRUE(sent) << sent.error().reason;
}

}  // namespace
}  // namespace mekiki::net
