#include "support/seal.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "auth/arc/chain.hpp"
#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/header_hash.hpp"
#include "auth/dkim/tag_list.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "message/fold.hpp"
#include "message/header.hpp"

namespace mekiki::arc {
namespace {

using dkim::signature_kind;
constexpr auto sha256 = crypto::hash_algorithm::sha256;

/// A field that ends in b=. Its octets are not yet known, any stand in.
class unsigned_field {
 public:
  unsigned_field(const unsigned_field&) = delete;
  unsigned_field& operator=(const unsigned_field&) = delete;

  unsigned_field(std::string_view name, std::vector<std::string> words,
                 signature_kind kind)
      : name_(name), words_(std::move(words)) {
    draft_ = with_octets("AA==");
    header_ = message::parse_header(draft_);
    if (header_.fields.size() != 1)
      return;
    const std::string_view value = field().value;
    if (const auto tags =
            dkim::parse_tag_list(value, dkim::empty_elements::refused)) {
      reading_ = dkim::read_signature(value, *tags, kind);
    }
  }

  // What a verifier will read.
  bool is_readable() const { return reading_ && !reading_->error; }
  const message::field_view& field() const { return header_.fields.front(); }
  const dkim::signature_reading& reading() const { return *reading_; }

  /// Nothing if the key cannot sign.
  std::optional<std::string> sign(const crypto::private_key& key,
                                  const crypto::digest& hash) const {
    const auto octets = key.sign(sha256, hash);
    if (!octets)
      return std::nullopt;
    return with_octets(base64_encode(*octets));
  }

 private:
  std::string with_octets(std::string_view base64) const {
    constexpr std::size_t width = 72;
    std::vector<std::string> words = words_;
    std::string first = "b=";
    for (std::size_t i = 0; i < base64.size(); i += width)
      words.push_back(std::exchange(first, "") +
                      std::string(base64.substr(i, width)));
    return message::format_field(name_, words);
  }

  std::string_view name_;
  std::vector<std::string> words_;
  std::string draft_;
  message::header_view header_;
  std::optional<dkim::signature_reading> reading_;
};

std::string_view algorithm_of(const crypto::private_key& key) {
  return key.type() == crypto::key_type::rsa ? "rsa-sha256" : "ed25519-sha256";
}

/// What both signatures say.
std::vector<std::string> common_tags(std::size_t instance,
                                     std::string_view domain,
                                     std::string_view selector,
                                     const crypto::private_key& key,
                                     const seal_options& options) {
  std::vector<std::string> out{
      fmt::format("i={};", instance), fmt::format("a={};", algorithm_of(key)),
      fmt::format("d={};", domain), fmt::format("s={};", selector)};
  if (options.sealed_at)
    out.push_back(fmt::format("t={};", *options.sealed_at));
  return out;
}

std::string hash_body(std::string_view body) {
  const dkim::body_hash_request wanted{.mode = dkim::canonicalization::relaxed,
                                       .algorithm = sha256};
  dkim::body_hasher hasher;
  hasher.request(wanted);
  hasher.write(body);
  hasher.finish();
  return base64_encode(hasher.hash(wanted)->octets());
}

/// h=, with a word for each name.
void append_names(const dkim::field_index& fields, const seal_options& options,
                  std::vector<std::string>& words) {
  std::string next = "h=";
  for (const std::string& field : options.fields) {
    const std::string name = ascii::to_lower(field);
    for (std::size_t n = fields.find(name).size(); n > 0; --n) {
      if (next != "h=") {
        words.push_back(next + ':');
        next.clear();
      }
      next += name;
    }
  }
  words.push_back(next + ';');
}

}  // namespace

expected<std::string, errc> seal(std::string_view mail, auth::result chain,
                                 std::string_view results,
                                 std::string_view domain,
                                 std::string_view selector,
                                 const crypto::private_key& key,
                                 const seal_options& options) {
  const message::header_view header = message::parse_header(mail);
  const dkim::field_index fields(header);
  chain_view before = read_chain(fields);
  auth::result status = auth::result::none;
  if (before.code == errc::broken_before || before.code == errc::too_many_sets)
    return unexpected(before.code);
  if (before.code != errc::no_chain) {
    status = chain == auth::result::pass ? chain : auth::result::fail;
    if (status == auth::result::pass && before.code != errc::ok)
      return unexpected(before.code);
  }
  const std::size_t instance = before.newest + 1;
  if (instance > max_sets)
    return unexpected(errc::too_many_sets);

  if (std::any_of(
          options.fields.begin(), options.fields.end(),
          [](std::string_view f) { return ascii::istarts_with(f, "arc-"); })) {
    return unexpected(errc::message_signature);
  }

  set_view set;
  set.chain_status = status;
  const std::string results_field =
      fmt::format("ARC-Authentication-Results: i={}; {}\r\n", instance,
                  ascii::trim(results));
  const auto results_header = message::parse_header(results_field);
  if (results_header.fields.size() != 1 ||
      results_header.size != results_field.size()) {
    return unexpected(errc::syntax);
  }
  set.results = &results_header.fields.front();

  auto words = common_tags(instance, domain, selector, key, options);
  words.emplace_back("c=relaxed/relaxed;");
  append_names(fields, options, words);
  words.push_back(fmt::format("bh={};", hash_body(mail.substr(header.body))));
  const unsigned_field message("ARC-Message-Signature", std::move(words),
                               signature_kind::arc_message);
  if (!message.is_readable())
    return unexpected(errc::message_signature);
  const auto message_field = message.sign(
      key,
      dkim::hash_header(message.reading().claims, message.field(), fields));
  if (!message_field)
    return unexpected(errc::message_signature);
  const auto message_header = message::parse_header(*message_field);
  set.message = &message_header.fields.front();

  words = common_tags(instance, domain, selector, key, options);
  words.push_back(fmt::format("cv={};", to_string(status)));
  const unsigned_field seal("ARC-Seal", std::move(words),
                            signature_kind::arc_seal);
  if (!seal.is_readable())
    return unexpected(errc::seal);
  set.seal = &seal.field();
  set.seal_claims = seal.reading();
  if (status == auth::result::fail)
    before.sets.clear();
  before.sets.push_back(std::move(set));
  const sealed_octets octets(before.sets);
  const auto seal_field = seal.sign(key, octets.hash(before.sets.size() - 1));
  if (!seal_field)
    return unexpected(errc::seal);
  return *seal_field + *message_field + results_field;
}

}  // namespace mekiki::arc
