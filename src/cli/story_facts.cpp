#include "cli/story_facts.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "auth/arc/errc.hpp"
#include "auth/dkim/errc.hpp"
#include "base/utf8.hpp"
#include "cli/story.hpp"
#include "cli/terminal.hpp"
#include "store/mail_event.hpp"

namespace mekiki::cli {
namespace {

namespace json = boost::json;

// The enumerations, spelled as `to_string` has them, each by its last word.

constexpr auto last_of(auth::result) { return auth::result::permerror; }
constexpr auto last_of(historic::adsp_result) {
  return historic::adsp_result::permerror;
}
constexpr auto last_of(arc::errc) { return arc::errc::key_unavailable; }
constexpr auto last_of(dkim::errc) { return dkim::errc::signature; }
constexpr auto last_of(dmarc::spec) { return dmarc::spec::rfc7489; }
constexpr auto last_of(dmarc::policy) { return dmarc::policy::reject; }
constexpr auto last_of(verdict::level) { return verdict::level::forged; }
constexpr auto last_of(verdict::spf_source) {
  return verdict::spf_source::reported;
}
constexpr auto last_of(verdict::border_status) {
  return verdict::border_status::too_many_hops;
}
constexpr auto last_of(verdict::inside_by) { return verdict::inside_by::view; }
constexpr auto last_of(verdict::entry_reason) {
  return verdict::entry_reason::view;
}
constexpr auto last_of(verdict::finding::kind) {
  return verdict::finding::kind::reply_elsewhere;
}

template <class Enum>
std::optional<Enum> read_enum(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(last_of(Enum{})); ++i) {
    const auto e = static_cast<Enum>(i);
    if (to_string(e) == word)
      return e;
  }
  return std::nullopt;
}

// What is kept of each struct, once for writing and for reading ---------

template <class Archive>
void members(Archive& a, verdict::tally& t) {
  a("mails", t.mails);
  a("days", t.days);
  a("first", t.first);
  a("last", t.last);
}

template <class Archive>
void members(Archive& a, verdict::pair_record& p) {
  a("signer", p.signer);
  a("passed", p.passed);
}

template <class Archive>
void members(Archive& a, verdict::habit& h) {
  a("proven", h.proven);
  a("unproven", h.unproven);
}

template <class Archive>
void members(Archive& a, verdict::history_answer& h) {
  a("available", h.available);
  a("pairs", h.pairs);
  a("habits", h.habits);
  a("list_signers", h.list_signers);
}

template <class Archive>
void members(Archive& a, verdict::header_facts& h) {
  a("author", h.author);
  a("author_domain", h.author_domain);
  a("authors", h.author_count);
  a("name", h.display_name);
  a("list", h.list_id);
  a("cut", h.is_cut);
}

template <class Archive>
void members(Archive& a, verdict::inside_hop& h) {
  a("field", h.field);
  a("why", h.why);
}

template <class Archive>
void members(Archive& a, verdict::border& b) {
  a("status", b.status);
  a("field", b.field);
  a("inside", b.inside);
  a("door", b.door);
  a("table", b.table);
  a("table_refuted", b.table_refuted);
  a("time", b.time);
  a("mail_from", b.mail_from);
  a("mail_from_field", b.mail_from_field);
  a("by_domain_only", b.by_domain_only);
  a("through_loopback", b.through_loopback);
  a("by_view", b.by_view);
  a("doubted", b.is_doubted);
  a("provider_unknown", b.provider_unknown);
}

template <class Archive>
void members(Archive& a, spf::request& r) {
  a("ip", r.ip);
  a("mail_from", r.mail_from);
  a("helo", r.helo);
}

template <class Archive>
void members(Archive& a, spf::check_result& r) {
  a("result", r.status);
  a("reason", r.reason);
  a("domain", r.domain);
  a("explanation", r.explanation);
}

template <class Archive>
void members(Archive& a, verdict::spf_facts& s) {
  a("source", s.source);
  a("asked", s.asked);
  a("by_helo", s.by_helo);
  a("outcome", s.outcome);
  a("reporter", s.reporter);
}

template <class Archive>
void members(Archive& a, dkim::signature_result& s) {
  a("result", s.status);
  a("reason", s.reason);
  a("domain", s.domain);
  a("selector", s.selector);
  a("identity", s.identity);
  a("algorithm", s.algorithm);
  a("fields", s.signed_fields);
  a("octets", s.body_octets);
  a("covered", s.body_covered);
  a("partial", s.partial);
  a("signed_at", s.signed_at);
  a("expires_at", s.expires_at);
  a("key_bits", s.key_bits);
  a("testing", s.testing);
  a("authentic", s.authentic_key);
}

template <class Archive>
void members(Archive& a, arc::instance_result& i) {
  a("domain", i.domain);
  a("sealed_at", i.sealed_at);
  a("seal", i.seal);
  a("message", i.message);
  a("saw", i.authentication_results);
}

template <class Archive>
void members(Archive& a, arc::chain_result& c) {
  a("result", c.status);
  a("code", c.code);
  a("reason", c.reason);
  a("instances", c.instances);
  a("oldest_pass", c.oldest_pass);
}

template <class Archive>
void members(Archive& a, dmarc::dissent& d) {
  a("rules", d.rules);
  a("result", d.status);
  a("asked", d.asked);
}

template <class Archive>
void members(Archive& a, dmarc::outcome& o) {
  a("result", o.status);
  a("reason", o.reason);
  a("rules", o.rules);
  a("author_domain", o.author_domain);
  a("policy_domain", o.policy_domain);
  a("org_domain", o.org_domain);
  a("record", o.record);
  a("asked", o.asked);
  a("disposition", o.disposition);
  a("dkim_aligned", o.dkim_aligned);
  a("spf_aligned", o.spf_aligned);
  a("other", o.other);
}

template <class Archive>
void members(Archive& a, historic::sender_id_result& s) {
  a("result", s.status);
  a("reason", s.reason);
  a("field", s.field);
  a("address", s.address);
}

template <class Archive>
void members(Archive& a, verdict::iprev_facts& i) {
  a("result", i.status);
  a("client", i.client);
  a("name", i.name);
}

template <class Archive>
void members(Archive& a, authres::property& p) {
  a("ptype", p.ptype);
  a("name", p.name);
  a("value", p.value);
}

template <class Archive>
void members(Archive& a, verdict::reported& r) {
  a("id", r.authserv_id);
  a("method", r.result.method);
  a("result", r.result.result);
  a("properties", r.result.properties);
}

template <class Archive>
void members(Archive& a, verdict::change& c) {
  a("signature", c.signature);
  a("steps", c.steps);
  a("addition_only", c.addition_only);
  a("links", c.added.links);
  a("other_links", c.other_links);
  a("learned", c.learned.learned);
}

template <class Archive>
void members(Archive& a, verdict::finding& f) {
  a("kind", f.what);
  a("seen", f.seen);
  a("like", f.like);
}

template <class Archive>
void members(Archive& a, verdict::facts& f) {
  a("past", f.history);
  a("entered", f.found_border);
  a("spf", f.spf);
  a("senderid", f.senderid);
  a("iprev", f.iprev);
  a("header", f.header);
  a("dkim", f.dkim);
  a("changed", f.changed);
  a("adsp", f.adsp);
  a("dmarc", f.dmarc);
  a("arc", f.arc);
  a("provider", f.provider);
  a("findings", f.findings);
  a("key_remembered", f.key_remembered);
}

struct told_facts {
  std::string authserv_id;
  verdict::level what = verdict::level::unverified;
  std::string why;  // verdict::encode
  auth::result dkim_check = auth::result::none;
  std::optional<std::string> not_judged_because;
  verdict::facts known;
};

template <class Archive>
void members(Archive& a, told_facts& t) {
  a("id", t.authserv_id);
  a("verdict", t.what);
  a("why", t.why);
  a("x_dkim_check", t.dkim_check);
  a("not_judged", t.not_judged_because);
  a("facts", t.known);
}

// Writing ---------------------------------------------------------------

/// What is false, 0 or empty is left out; an optional value only where there is
/// none.
class writer {
 public:
  struct limits {
    std::size_t text;   // octets
    std::size_t items;  // of a list
  };
  explicit writer(const limits& most) : most_(most) {}

  template <class Value>
  void operator()(std::string_view name, Value& value) {
    json::value v = to_json(value);
    const bool is_default = (v.is_bool() && !v.get_bool()) ||
                            (v.is_string() && v.get_string().empty()) ||
                            (v.is_array() && v.get_array().empty()) ||
                            (v.is_object() && v.get_object().empty()) ||
                            (v.is_int64() && v.get_int64() == 0);
    if (!is_default)
      out_[name] = std::move(v);
  }
  template <class Value>
  void operator()(std::string_view name, std::optional<Value>& value) {
    if (value)
      out_[name] = to_json(*value);
  }

  json::object take() { return std::move(out_); }

 private:
  json::value to_json(std::string& text) const {
    return json::value(to_utf8(text.substr(0, most_.text)));
  }
  static json::value to_json(bool value) { return value; }
  static json::value to_json(ip_address& address) {
    return json::value(mekiki::format(address));
  }

  template <class T>
  requires std::is_integral_v<T>
  static json::value to_json(T number) {
    return static_cast<std::int64_t>(number);
  }
  template <class T>
  requires std::is_enum_v<T>
  static json::value to_json(T value) { return json::value(to_string(value)); }
  template <class T>
  json::value to_json(std::vector<T>& values) const {
    json::array out;
    for (T& value : values) {
      if (out.size() == most_.items)
        break;
      out.push_back(to_json(value));
    }
    return out;
  }
  template <class T>
  requires std::is_class_v<T> json::value to_json(T& value)
  const {
    writer inner(most_);
    members(inner, value);
    return inner.take();
  }

  limits most_;
  json::object out_;
};

// Reading ---------------------------------------------------------------

/// What is missing or of another kind leaves the member as it is.
class reader {
 public:
  explicit reader(const json::object& in) : in_(in) {}

  template <class Value>
  void operator()(std::string_view name, Value& value) {
    if (const json::value* v = in_.if_contains(name))
      read(*v, value);
  }

 private:
  static void read(const json::value& v, std::string& out) {
    if (const json::string* text = v.if_string())
      out = *text;
  }
  static void read(const json::value& v, bool& out) {
    if (const bool* value = v.if_bool())
      out = *value;
  }
  static void read(const json::value& v, ip_address& out) {
    std::string text;
    read(v, text);
    out = parse_ip_address(text).value_or(out);
  }
  template <class T>
  requires std::is_integral_v<T>
  static void read(const json::value& v, T& out) {
    const std::int64_t* number = v.if_int64();
    if (number != nullptr && std::in_range<T>(*number))
      out = static_cast<T>(*number);
  }
  template <class T>
  requires std::is_enum_v<T>
  static void read(const json::value& v, T& out) {
    std::string word;
    read(v, word);
    out = read_enum<T>(word).value_or(out);
  }
  template <class T>
  static void read(const json::value& v, std::optional<T>& out) {
    read(v, out.emplace());
  }
  template <class T>
  static void read(const json::value& v, std::vector<T>& out) {
    const json::array* values = v.if_array();
    if (values == nullptr)
      return;
    for (const json::value& value : *values) read(value, out.emplace_back());
  }
  template <class T>
  requires std::is_class_v<T>
  static void read(const json::value& v, T& out) {
    if (const json::object* object = v.if_object()) {
      reader inner(*object);
      members(inner, out);
    }
  }

  const json::object& in_;
};

}  // namespace

std::string pack_story(const verdict::judgement& j,
                       std::string_view authserv_id) {
  told_facts told;
  told.authserv_id = authserv_id;
  told.what = j.result.what;
  told.why = verdict::encode(j.result.why);
  told.dkim_check = j.dkim_check;
  told.not_judged_because = j.not_judged_because;
  told.known = j.known;
  // The last ones fit whatever a sender writes.
  constexpr writer::limits tries[] = {{1'000, 20}, {200, 10}, {40, 5}};
  std::string out;
  for (const writer::limits& most : tries) {
    writer w(most);
    members(w, told);
    out = json::serialize(w.take());
    if (out.size() <= store::most_story)
      return out;
  }
  return {};
}

std::string kept_story(const store::mail_detail& m, notify::language in) {
  if (!m.story)
    return {};
  // Earlier versions wrote a text, which begins with blanks.
  if (!m.story->starts_with('{'))
    return *m.story;
  boost::system::error_code failed;
  const json::value read = json::parse(*m.story, failed);
  if (failed || !read.is_object())
    return {};
  told_facts told;
  reader r(read.get_object());
  members(r, told);

  explained_mail mail;
  mail.header = m.header.value_or("");
  mail.authserv_id = std::move(told.authserv_id);
  verdict::judgement& j = mail.verdict;
  j.result = {told.what, verdict::parse_reason(told.why)};
  j.dkim_check = told.dkim_check;
  j.not_judged_because = std::move(told.not_judged_because);
  j.known = std::move(told.known);
  for (const store::kept_result& kept : m.results) {
    authres::method_result& result = j.results.emplace_back();
    result.method = kept.method;
    result.own_word = kept.result;  // in `m`, which outlives it
    result.reason = kept.reason;
    for (const auto& [name, value] : kept.properties) {
      const std::size_t dot = name.find('.');
      if (dot != std::string::npos)
        result.properties.push_back(
            {name.substr(0, dot), name.substr(dot + 1), value});
    }
  }
  return without_colours(story(mail, in));
}

}  // namespace mekiki::cli
