#include "verdict/results.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "verdict/evidence.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::size_t most_signatures = 20;

// What the mail says of itself may show up in filters that look for
// "dkim=pass" anywhere in the field, quoted or not. Such words cannot be
// written without '=', so a value has none.
std::string without_equals(std::string text) {
  std::replace(text.begin(), text.end(), '=', '?');
  return text;
}

// In a sentence of ours '=' may stand where no value follows: "x= is over",
// "(b=, bh=)".
std::string harmless_sentence(std::string text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const char next = text[i + 1];
    if (text[i] == '=' && ascii::is_graph(next) && next != ',' && next != ')')
      text[i] = '?';
  }
  return text;
}

/// Left out if it cannot be written as it is: it would name another (RFC 8601
/// 2.3).
std::string faithful(const std::string& identity) {
  const bool plain = std::ranges::all_of(identity, ascii::is_graph) &&
                     identity.find_first_of("=\"\\") == identity.npos;
  return plain ? identity : "";
}

class entry {
 public:
  entry(std::string_view method, auth::result result, std::string reason) {
    made_.method = method;
    made_.result = result;
    made_.reason = harmless_sentence(std::move(reason));
  }

  entry&& with(std::string_view ptype, std::string_view name,
               const std::string& value) && {
    if (!value.empty()) {
      made_.properties.push_back(
          {std::string(ptype), std::string(name), without_equals(value)});
    }
    return std::move(*this);
  }

  entry&& in_own_word(std::string_view word) && {
    made_.own_word = word;
    return std::move(*this);
  }

  operator authres::method_result() && { return std::move(made_); }

 private:
  authres::method_result made_;
};

authres::method_result dkim_entry(const dkim::signature_result& r) {
  return entry("dkim", r.status, r.reason)
      .with("header", "d", r.domain)
      .with("header", "i", faithful(r.identity))
      .with("header", "s", r.selector)
      .with("header", "a", r.algorithm)
      .with("header", "b", r.signature_start);
}

/// `local` without quotes, if nothing in it needs them but its dots (RFC 5321
/// 4.1.2: they are no part of the name); else as it is.
std::string_view without_quotes(std::string_view local) {
  if (local.size() < 3 || local.front() != '"' || local.back() != '"')
    return local;
  const std::string_view inner = local.substr(1, local.size() - 2);
  const bool plain = std::all_of(inner.begin(), inner.end(), [](char c) {
    return ascii::is_alnum(c) ||
           std::string_view(".!#$%&'*+-/?^_`{|}~").find(c) !=
               std::string_view::npos;
  });
  return plain ? inner : local;
}

/// The local part is left out (RFC 8601 2.2) where it could not be written as
/// it is: another address would be a false one.
std::string envelope_sender(const std::string& path) {
  const std::size_t at = path.rfind('@');
  if (at == std::string::npos)
    return path;
  if (path == "@")  // it has no domain, which cannot be written
    return {};
  const std::string domain = path.substr(at);
  std::string shown(without_quotes(std::string_view(path).substr(0, at)));
  shown += domain;
  const bool plain = std::all_of(shown.begin(), shown.end(), [](char c) {
    return ascii::is_graph(c) && c != '=' && c != '"' && c != '\\';
  });
  return plain ? shown : domain;
}

/// Why the field of a border that does not prove may be another's.
std::string_view describe_doubt(const border& b) {
  return b.through_loopback
             ? "a program on the provider's host could have written"
             : "nothing in the mail shows to be the provider's";
}

/// The result says where its inputs came from, which no reader can know.
authres::method_result spf_entry(const facts& known) {
  const spf_facts& spf = known.spf;
  const std::string_view identity = spf.by_helo ? "helo" : "mailfrom";
  if (spf.source == spf_source::reported) {
    return entry("spf", spf.outcome.status,
                 "not checked by us, reported by " + spf.reporter)
        .with("smtp", identity, spf.outcome.domain);
  }
  std::string reason = spf.outcome.reason;
  if (spf.source == spf_source::given) {
    reason += "; client address given by hand";
  } else if (known.found_border) {
    reason += "; client address from the Received field of ";
    reason += known.found_border->by.empty() ? "the provider"
                                             : known.found_border->by;
    if (!can_prove(known.found_border)) {
      reason += ", which ";
      reason += describe_doubt(*known.found_border);
    }
  }
  return entry("spf", spf.outcome.status, std::move(reason))
      .with(
          "smtp", identity,
          spf.by_helo ? spf.asked.helo : envelope_sender(spf.asked.mail_from));
}

authres::method_result arc_entry(const facts& known) {
  const arc::chain_result& arc = known.arc;
  if (arc.status == auth::result::none)
    return entry("arc", arc.status, "");
  return entry("arc", arc.status, arc.reason)
      .with("header", "oldest-pass",
            arc.oldest_pass ? std::to_string(*arc.oldest_pass) : "")
      .with("smtp", "remote-ip",
            has_client(known.spf) ? mekiki::format(known.spf.asked.ip) : "");
}

/// A signature of the author's domain passed, by a key that counts as none.
bool has_test_key_alone(const facts& known) {
  return known.dmarc.status == auth::result::fail &&
         std::ranges::any_of(known.dkim, [&](const auto& r) {
           return r.status == auth::result::pass && r.testing &&
                  speaks_for(r.domain, known.dmarc.author_domain, method::dkim,
                             known.dmarc);
         });
}

/// DMARC passes by SPF alone, at a border that proves nothing.
bool rests_on_unproven_border(const facts& known) {
  return known.dmarc.status == auth::result::pass &&
         !known.dmarc.dkim_aligned && known.spf.source == spf_source::border &&
         known.found_border && !can_prove(known.found_border);
}

authres::method_result dmarc_entry(const facts& known) {
  const dmarc::outcome& dmarc = known.dmarc;
  std::string reason = dmarc_reason(known);
  if (dmarc.code == dmarc::errc::spf_left_out && known.spf.path_known &&
      known.found_border) {
    reason += "; way into the provider: ";
    reason += to_string(known.found_border->status);
  }
  if (dmarc.asked)
    reason += "; " + dmarc::describe_policy(dmarc);
  if (dmarc.other) {
    reason += "; by ";
    reason += to_string(dmarc.other->rules);
    reason += " it is ";
    reason += to_string(dmarc.other->status);
  }
  return entry("dmarc", dmarc.status, std::move(reason))
      .with("header", "from", dmarc.author_domain);
}

authres::method_result iprev_entry(const iprev_facts& iprev) {
  std::string reason;
  if (!iprev.name.empty())
    reason = "the name is " + iprev.name;
  else if (iprev.status == auth::result::fail)
    reason = "no name of the address leads back to it";
  else if (iprev.status == auth::result::permerror)
    reason = "the address has no name";
  return entry("iprev", iprev.status, std::move(reason))
      .with("policy", "iprev", mekiki::format(iprev.client));
}

}  // namespace

std::string dmarc_reason(const facts& known) {
  if (has_test_key_alone(known)) {
    return "the only aligned signature that passed has a key in test mode, "
           "which counts as no signature";
  }
  if (rests_on_unproven_border(known)) {
    return fmt::format(
        "SPF fits the author's domain, but rests on a field that {}",
        describe_doubt(*known.found_border));
  }
  if (known.dmarc.code == dmarc::errc::spf_left_out && !known.spf.path_known) {
    return "no DKIM signature proves the author's domain, and no envelope "
           "sender is recorded";
  }
  if (known.dmarc.status == auth::result::pass && !known.dmarc.dkim_aligned &&
      known.spf.source == spf_source::reported) {
    return "SPF fits the author's domain, but was not checked by us, only "
           "reported by " +
           known.spf.reporter;
  }
  return known.dmarc.reason;
}

std::vector<authres::method_result> results_of(const facts& known) {
  std::vector<authres::method_result> out;
  for (const dkim::signature_result& r : known.dkim) {
    if (out.size() == most_signatures)
      break;
    out.push_back(dkim_entry(r));
  }
  if (out.empty())
    out.push_back(entry("dkim", auth::result::none, "the mail is not signed"));
  if (known.spf.source != spf_source::left_out)
    out.push_back(spf_entry(known));
  out.push_back(arc_entry(known));
  out.push_back(dmarc_entry(known));
  if (known.senderid) {
    out.push_back(
        entry("sender-id", known.senderid->status, known.senderid->reason)
            .with("header", known.senderid->field, known.senderid->address));
  }
  if (known.adsp) {
    out.push_back(entry("dkim-adsp", auth::result::none,
                        std::string(historic::describe(*known.adsp)))
                      .in_own_word(historic::to_string(*known.adsp))
                      .with("header", "from", known.header.author));
  }
  if (known.iprev)
    out.push_back(iprev_entry(*known.iprev));
  return out;
}

}  // namespace mekiki::verdict
