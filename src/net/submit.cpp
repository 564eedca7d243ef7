#include "net/submit.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <optional>
#include <system_error>

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/ascii.hpp"
#include "base/host_name.hpp"
#include "base/ip_address.hpp"
#include "net/connect.hpp"
#include "net/printable.hpp"
#include "net/tls_session.hpp"

namespace mekiki::net {
namespace {

constexpr std::size_t most_reply = 200;      // octets shown of a server's line
constexpr std::size_t most_recipient = 320;  // RFC 5321 4.5.3.1: 64 + 1 + 255
// How long a server may take to answer QUIT.
constexpr std::chrono::seconds farewell{1};

/// Where the conversation is: what a reply answers.
enum class stage {
  greeting,
  hello,
  starttls,
  login,
  sender,
  recipient,
  data,
  mail
};

/// What libcurl lets see of one conversation. It hands out no replies, only
/// their codes, so both sides' lines are read as they pass by.
struct dialogue {
  const smarthost& to;
  const std::atomic<bool>& stop;
  const submit_observer& observe;
  CURL* curl = nullptr;
  std::string_view left;  // of the mail

  stage at = stage::greeting;
  int code = 0;  // of the reply to it; 0: none yet
  std::string reply;
  bool logged_in = false;
  bool accepted = false;
  /// When QUIT was sent; what comes after it says nothing.
  std::optional<std::chrono::steady_clock::time_point> quit_at;
  std::string certificate;  // what is wrong with it

  void on_sent(std::string_view line);
  void on_received(std::string_view line);
  void tell(std::string_view step) const {
    if (observe)
      observe(step);
  }
};

void dialogue::on_sent(std::string_view line) {
  struct {
    std::string_view verb;
    stage begins;
  } constexpr commands[] = {
      {"EHLO ", stage::hello},       {"HELO ", stage::hello},
      {"STARTTLS", stage::starttls}, {"AUTH ", stage::login},
      {"MAIL FROM:", stage::sender}, {"RCPT TO:", stage::recipient},
      {"DATA", stage::data},
  };
  // What is sent in a login is the user's: it could spell any one word.
  if (at == stage::login && !line.starts_with("MAIL FROM:"))
    return;
  if (line.starts_with("QUIT"))
    quit_at = std::chrono::steady_clock::now();
  for (const auto& c : commands) {
    if (!line.starts_with(c.verb))
      continue;
    if (at == stage::starttls && c.begins == stage::hello)
      tell("TLS is up and the certificate is right");
    at = c.begins;
    code = 0;
    reply.clear();
  }
}

// The last line of a reply: RFC 5321 4.2, and the bare code that some send.
std::optional<int> final_code(std::string_view line) {
  if (line.size() < 4 ||
      !std::ranges::all_of(line.substr(0, 3), ascii::is_digit))
    return std::nullopt;
  if (line[3] != ' ' && line[3] != '\r' && line[3] != '\n')
    return std::nullopt;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

void dialogue::on_received(std::string_view line) {
  const auto given = final_code(line);
  if (!given || quit_at)
    return;
  code = *given;
  reply = printable(ascii::trim(line.substr(0, most_reply)), most_reply);
  const bool good = code / 100 == 2;
  if (at == stage::greeting && good) {
    const char* address = nullptr;
    curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address);
    tell(fmt::format("connected to {}, port {} ({})", to.host, to.port,
                     address == nullptr ? "" : address));
    if (to.with == submit_tls::tls)
      tell("TLS is up and the certificate is right");
    tell(fmt::format("greeted: {}", reply));
  } else if (at == stage::login && good) {
    logged_in = true;
    tell(fmt::format("logged in as {}", printable(to.user, most_reply)));
  } else if (at == stage::recipient && good) {
    tell("sender and recipient are accepted");
  } else if (at == stage::data && code == 354) {
    at = stage::mail;
    code = 0;
  } else if (at == stage::mail && good) {
    accepted = true;
    tell(fmt::format("the mail is accepted: {}", reply));
  }
}

// ------------------------------------------------------- libcurl's callbacks

int on_traffic(CURL* /*curl*/, curl_infotype what, char* octets,
               std::size_t size, void* user) {
  auto& talk = *static_cast<dialogue*>(user);
  if (what == CURLINFO_HEADER_OUT)
    talk.on_sent({octets, size});
  else if (what == CURLINFO_HEADER_IN)
    talk.on_received({octets, size});
  return 0;
}

std::size_t on_read(char* buffer, std::size_t size, std::size_t count,
                    void* user) {
  auto& talk = *static_cast<dialogue*>(user);
  const std::size_t octets = std::min(size * count, talk.left.size());
  std::memcpy(buffer, talk.left.data(), octets);
  talk.left.remove_prefix(octets);
  return octets;
}

// Called at least once a second, whatever is waited for; not 0 ends it.
int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& talk = *static_cast<dialogue*>(user);
  if (talk.quit_at &&
      std::chrono::steady_clock::now() - *talk.quit_at >= farewell)
    return 1;
  return talk.stop ? 1 : 0;
}

// The verification itself is OpenSSL's; this keeps what it found wrong.
int on_certificate(X509_STORE_CTX* check, void* user) {
  auto& talk = *static_cast<dialogue*>(user);
  const int good = X509_verify_cert(check);
  if (good <= 0) {
    talk.certificate =
        explain_certificate(X509_STORE_CTX_get0_untrusted(check),
                            X509_STORE_CTX_get_error(check), talk.to.host);
  }
  return good;
}

// The authorities and rules for certificates are those of all our TLS. libcurl
// compares the name too, once more.
CURLcode on_tls(CURL* /*curl*/, void* context, void* user) {
  auto& talk = *static_cast<dialogue*>(user);
  auto* ours = static_cast<SSL_CTX*>(context);
  const std::string& host = talk.to.host;
  SSL_CTX_set1_cert_store(ours, SSL_CTX_get_cert_store(talk.to.tls->native()));
  X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(ours);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set =
      parse_ip_address(host)
          ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1
          : X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) == 1;
  SSL_CTX_set_cert_verify_callback(ours, on_certificate, user);
  return set ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

// ------------------------------------------------------------------- options

/// Options that are set one after another; whether all were taken.
class options {
 public:
  explicit options(CURL* curl) : curl_(curl) {}
  template <class Value>
  void set(CURLoption option, Value value) {
    good_ = curl_easy_setopt(curl_, option, value) == CURLE_OK && good_;
  }
  bool good() const { return good_; }

 private:
  CURL* curl_;
  bool good_ = true;
};

long whole(std::chrono::milliseconds d) { return static_cast<long>(d.count()); }

std::string url_of(const smarthost& to) {
  return fmt::format(
      "{}://{}:{}/{}", to.with == submit_tls::tls ? "smtps" : "smtp",
      to.host.find(':') == std::string::npos ? to.host
                                             : fmt::format("[{}]", to.host),
      to.port, to.own_name);
}

bool set_options(dialogue& talk, char* error, curl_slist* recipients) {
  const smarthost& to = talk.to;
  options o(talk.curl);
  o.set(CURLOPT_PROTOCOLS_STR, to.with == submit_tls::tls ? "smtps" : "smtp");
  o.set(CURLOPT_URL, url_of(to).c_str());
  o.set(CURLOPT_PROXY, "");  // nor one that the environment names
  o.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  o.set(CURLOPT_ERRORBUFFER, error);
  o.set(CURLOPT_NOSIGNAL, 1L);
  // A resolver that hangs is left behind, not waited for.
  o.set(CURLOPT_QUICK_EXIT, 1L);
  o.set(CURLOPT_FORBID_REUSE, 1L);  // QUIT within perform, where we can stop it
  o.set(CURLOPT_CONNECTTIMEOUT_MS, whole(to.connect_timeout));
  o.set(CURLOPT_TIMEOUT_MS, whole(to.timeout));
  o.set(CURLOPT_SERVER_RESPONSE_TIMEOUT,
        static_cast<long>(
            std::chrono::ceil<std::chrono::seconds>(to.timeout).count()));

  if (to.with != submit_tls::clear) {
    o.set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    o.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    o.set(CURLOPT_SSL_VERIFYPEER, 1L);
    o.set(CURLOPT_SSL_VERIFYHOST, 2L);
    o.set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    o.set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
    o.set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    o.set(CURLOPT_SSL_CTX_FUNCTION, on_tls);
    o.set(CURLOPT_SSL_CTX_DATA, &talk);
    if (!to.user.empty()) {
      std::string password(to.password.reveal());
      o.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
      o.set(CURLOPT_SASL_IR, 1L);
      o.set(CURLOPT_USERNAME, to.user.c_str());
      o.set(CURLOPT_PASSWORD, password.c_str());
      wipe(password.data(), password.capacity());
    }
  }

  // Without CURLOPT_MAIL_FROM it says MAIL FROM:<>.
  o.set(CURLOPT_MAIL_RCPT, recipients);
  o.set(CURLOPT_UPLOAD, 1L);
  o.set(CURLOPT_READFUNCTION, on_read);
  o.set(CURLOPT_READDATA, &talk);
  o.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(talk.left.size()));
  o.set(CURLOPT_NOPROGRESS, 0L);
  o.set(CURLOPT_XFERINFOFUNCTION, on_progress);
  o.set(CURLOPT_XFERINFODATA, &talk);
  o.set(CURLOPT_VERBOSE, 1L);  // for the callback, which prints nothing
  o.set(CURLOPT_DEBUGFUNCTION, on_traffic);
  o.set(CURLOPT_DEBUGDATA, &talk);
  return o.good();
}

// ------------------------------------------------------------------- answers

// A line end that only some servers see as one would let a mail end early, and
// what follows be taken for commands (RFC 5321 2.3.8).
bool has_only_crlf(std::string_view mail) {
  for (std::size_t i = 0; i < mail.size(); ++i) {
    if (mail[i] == '\r' && (i + 1 == mail.size() || mail[i + 1] != '\n'))
      return false;
    if (mail[i] == '\n' && (i == 0 || mail[i - 1] != '\r'))
      return false;
  }
  return true;
}

/// What needs no server to be refused.
std::optional<submit_failure> refuse(const smarthost& to,
                                     std::string_view recipient,
                                     std::string_view mail) {
  const auto address = parse_ip_address(to.host);
  if (!address && !is_host_name(to.host))
    return submit_failure{false, "the smarthost's name is no host name"};
  if (!is_host_name(to.own_name))
    return submit_failure{false, "our own name is no host name"};
  if (to.with == submit_tls::clear && (!address || !is_loopback(*address))) {
    return submit_failure{
        false, fmt::format("{} is no loopback address, and to others mail goes "
                           "over TLS only",
                           to.host)};
  }
  if (to.with == submit_tls::clear && !to.user.empty()) {
    return submit_failure{
        false,
        fmt::format("the password for {} is sent over TLS only", to.host)};
  }
  if (!is_recipient(recipient)) {
    return submit_failure{true,
                          fmt::format("\"{}\" is no mail address",
                                      printable(recipient, most_recipient))};
  }
  if (mail.empty() || !has_only_crlf(mail)) {
    return submit_failure{true,
                          "the mail is empty or has lines that do not end in "
                          "CRLF"};
  }
  return std::nullopt;
}

// A 5xx about this mail or its recipient, and not about who we are. To MAIL
// only a size is that: a server that does not take the empty sender takes no
// mail of ours at all. A stranger's RCPT is refused because relaying is denied.
bool is_permanent(const dialogue& talk) {
  constexpr std::array about_login{530, 534, 535, 538};  // RFC 4954 6
  if (talk.code / 100 != 5 || std::ranges::count(about_login, talk.code) != 0)
    return false;
  if (!talk.to.user.empty() && !talk.logged_in)
    return false;
  const std::string_view text = std::string_view(talk.reply).substr(3);
  const bool by_policy = text.starts_with(" 5.7.");  // RFC 3463 3.8
  switch (talk.at) {
    case stage::sender:
      return talk.code == 552;
    case stage::recipient:
      return talk.logged_in || !by_policy;
    case stage::data:
    case stage::mail:
      return true;
    default:
      return false;
  }
}

std::string_view refused(stage at) {
  switch (at) {
    case stage::greeting:
      return "takes no mail now";
    case stage::hello:
      return "refused our greeting";
    case stage::starttls:
      return "refused TLS";
    case stage::login:
      return "refused the login";
    case stage::sender:
      return "refused the empty sender";
    case stage::recipient:
      return "refused the recipient";
    case stage::data:
    case stage::mail:
      break;
  }
  return "refused the mail";
}

/// No reply says why, so libcurl's code must.
std::string explain(const dialogue& talk, CURLcode why, const char* detail) {
  const smarthost& to = talk.to;
  if (!talk.certificate.empty())
    return fmt::format("no secure connection to {}: {}", to.host,
                       talk.certificate);
  switch (why) {
    case CURLE_ABORTED_BY_CALLBACK:
      return "the sending was stopped";
    case CURLE_COULDNT_RESOLVE_HOST:
      return fmt::format("no address of {} can be found", to.host);
    case CURLE_COULDNT_CONNECT: {
      long error = 0;
      curl_easy_getinfo(talk.curl, CURLINFO_OS_ERRNO, &error);
      return fmt::format("no connection to {}, port {}: {}", to.host, to.port,
                         error == 0 ? curl_easy_strerror(why)
                                    : std::generic_category().message(
                                          static_cast<int>(error)));
    }
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format(
          "{}, port {}, did not answer in time{}", to.host, to.port,
          talk.at == stage::greeting && to.with == submit_tls::starttls
              ? "; a port that expects TLS at once is silent like that"
              : "");
    case CURLE_USE_SSL_FAILED:
      return fmt::format(
          "{} offers no TLS (STARTTLS) on port {}; nothing secret was sent",
          to.host, to.port);
    case CURLE_LOGIN_DENIED:
      return fmt::format("{} offers no login that we know (PLAIN or LOGIN)",
                         to.host);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return fmt::format(
          "no secure connection to {}, port {}: {}", to.host, to.port,
          std::strstr(detail, "wrong version number") != nullptr
              ? "it does not speak TLS at once there; STARTTLS may be meant"
              : printable(detail, most_reply));
    case CURLE_WEIRD_SERVER_REPLY:
      return fmt::format("{} does not speak SMTP on port {}", to.host, to.port);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      return fmt::format("{} broke the connection off", to.host);
    default:
      return fmt::format("sending to {} failed: {}", to.host,
                         *detail == '\0' ? curl_easy_strerror(why)
                                         : printable(detail, most_reply));
  }
}

submit_failure failure_of(const dialogue& talk, CURLcode why,
                          const char* detail) {
  submit_failure out;
  if (talk.code >= 400) {
    out.permanent = is_permanent(talk);
    out.reason =
        fmt::format("{} {}: {}", talk.to.host, refused(talk.at), talk.reply);
  } else {
    out.reason = explain(talk, why, detail);
  }
  // libcurl then goes on as if no login were wanted.
  if (talk.at > stage::login && !talk.to.user.empty() && !talk.logged_in)
    out.reason += " (it had offered no login)";
  return out;
}

}  // namespace

bool is_recipient(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return text.size() <= most_recipient && at != std::string_view::npos &&
         at != 0 && at + 1 != text.size() &&
         std::ranges::all_of(text, [](char c) {
           return ascii::is_graph(c) && c != '<' && c != '>';
         });
}

expected<void, submit_failure> submit(const smarthost& to,
                                      std::string_view recipient,
                                      std::string_view mail,
                                      const std::atomic<bool>& stop,
                                      const submit_observer& observe) {
  assert(to.with == submit_tls::clear || to.tls);
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (auto refused_by_us = refuse(to, recipient, mail))
    return unexpected(std::move(*refused_by_us));

  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(),
                                                    curl_easy_cleanup);
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(
      curl_slist_append(nullptr, std::string(recipient).c_str()),
      curl_slist_free_all);
  dialogue talk{.to = to, .stop = stop, .observe = observe};
  talk.curl = curl.get();
  talk.left = mail;
  std::array<char, CURL_ERROR_SIZE> detail{};
  if (started != CURLE_OK || !curl || !recipients ||
      !set_options(talk, detail.data(), recipients.get())) {
    return unexpected(
        submit_failure{false, "libcurl lacks what is needed to send mail"});
  }
  const CURLcode ended = curl_easy_perform(curl.get());
  // The server's word counts, whatever happened after it: a mail that was
  // accepted must not be sent again.
  if (talk.accepted)
    return {};
  return unexpected(failure_of(talk, ended, detail.data()));
}

}  // namespace mekiki::net
