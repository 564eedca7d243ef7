// What the steps between a mail's arrival and its delivery cost, one by one.
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/arc/verify.hpp"
#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/canonical.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/sign.hpp"
#include "auth/dkim/signature.hpp"
#include "auth/dkim/verify.hpp"
#include "changes/test_undo.hpp"
#include "crypto/digest.hpp"
#include "crypto/private_key.hpp"
#include "crypto/public_key.hpp"
#include "dns/zone_resolver.hpp"
#include "message/header.hpp"
#include "notify/edit/edit.hpp"

namespace {

using namespace mekiki;
using dkim::canonicalization;

class counting_sink final : public dkim::octet_sink {
 public:
  void write(std::string_view o) override {
    benchmark::DoNotOptimize(o.data());
    octets += o.size();
  }
  std::size_t octets = 0;
};

/// Bodies of three kinds, `size` octets or a little more.
enum body_kind { prose, base64, indented };
std::string make_body(int kind, std::size_t size) {
  std::string out;
  while (out.size() < size) {
    switch (kind) {
      case prose:
        out +=
            "The quick brown fox jumps over the lazy dog.  Then it sleeps\r\n"
            "until the dog has gone to look for another place in the sun.\r\n"
            "\r\n";
        break;
      case base64:
        out.append(76, 'A').append("\r\n");
        break;
      default:
        out +=
            "    <tr>\r\n\t  <td class=\"x\">text of a cell</td>\r\n    </tr> "
            "\r\n";
    }
  }
  return out;
}

const std::string head =
    "Received: from mx.example.net (mx.example.net [192.0.2.1])\r\n"
    "\tby mail.example.com with ESMTP id 123;\r\n"
    "\tFri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n";

crypto::private_key key_of(int type) {
  return *crypto::private_key::generate(type == 0 ? crypto::key_type::rsa
                                                  : crypto::key_type::ed25519);
}

void parse_header(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(message::parse_header(head));
  }
}
BENCHMARK(parse_header);

void parse_signature(benchmark::State& state) {
  const std::string field =
      *dkim::sign(head + "\r\nbody\r\n", "example.com", "sel", key_of(0));
  const auto header = message::parse_header(field);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        dkim::parse_signature(header.fields.front().value));
  }
}
BENCHMARK(parse_signature);

void canonical_header(benchmark::State& state) {
  const auto header = message::parse_header(head);
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const auto& field : header.fields) {
      dkim::append_canonical(canonicalization::relaxed, field, out);
    }
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(head.size()));
}
BENCHMARK(canonical_header);

void canonical_body(benchmark::State& state) {
  const std::string body = make_body(static_cast<int>(state.range(0)), 64000);
  for (auto _ : state) {
    dkim::body_canonicalizer c(static_cast<canonicalization>(state.range(1)));
    counting_sink sink;
    c.write(body, sink);
    c.finish(sink);
    benchmark::DoNotOptimize(sink.octets);
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(body.size()));
}
BENCHMARK(canonical_body)
    ->ArgNames({"kind", "relaxed"})
    ->ArgsProduct({{prose, base64, indented}, {0, 1}});

void sha256(benchmark::State& state) {
  const std::string octets(static_cast<std::size_t>(state.range(0)), 'x');
  crypto::hasher hasher(crypto::hash_algorithm::sha256);
  for (auto _ : state) {
    hasher.update(octets);
    benchmark::DoNotOptimize(hasher.finish());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sha256)->Arg(64)->Arg(512)->Arg(2048)->Arg(65536);

void body_hash(benchmark::State& state) {
  const std::string body = make_body(static_cast<int>(state.range(0)), 64000);
  for (auto _ : state) {
    dkim::body_hasher hasher;
    const dkim::body_hash_request wanted{.mode = canonicalization::relaxed};
    hasher.request(wanted);
    hasher.write(body);
    hasher.finish();
    benchmark::DoNotOptimize(hasher.hash(wanted));
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(body.size()));
}
BENCHMARK(body_hash)->ArgName("kind")->DenseRange(prose, indented);

void make_public_key(benchmark::State& state) {
  const std::string octets = key_of(0).public_octets();
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::public_key::rsa(octets));
  }
}
BENCHMARK(make_public_key);

void find_cached_key(benchmark::State& state) {
  dkim::key_cache keys;
  const std::string record = dkim::format_key_record(key_of(0));
  for (auto _ : state) benchmark::DoNotOptimize(keys.get(record));
}
BENCHMARK(find_cached_key);

void verify_signature(benchmark::State& state) {
  const auto key = key_of(static_cast<int>(state.range(0)));
  const auto hash = crypto::hash(crypto::hash_algorithm::sha256, "octets");
  const std::string signature = *key.sign(crypto::hash_algorithm::sha256, hash);
  auto public_key = state.range(0) == 0
                        ? crypto::public_key::rsa(key.public_octets())
                        : crypto::public_key::ed25519(key.public_octets());
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        public_key->verify(crypto::hash_algorithm::sha256, hash, signature));
  }
}
BENCHMARK(verify_signature)->ArgName("ed25519")->Arg(0)->Arg(1);

/// A verifier up to the point where it waits for the key.
void read_mail(benchmark::State& state) {
  const std::string rest = head + "\r\n" + make_body(prose, 8000);
  const std::string mail =
      *dkim::sign(rest, "example.com", "sel", key_of(0)) + rest;
  for (auto _ : state) {
    const auto header = message::parse_header(mail);
    dkim::verifier verifier(header, {});
    verifier.body(std::string_view(mail).substr(header.body));
    benchmark::DoNotOptimize(verifier.questions());
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(mail.size()));
}
BENCHMARK(read_mail);

/// DKIM and ARC of one mail up to there, each by itself or sharing what can be
/// shared.
void read_mail_with_arc(benchmark::State& state) {
  std::string rest = head;
  for (int i = 0; i < 30; ++i)
    rest += "X-Field-" + std::to_string(i) + ": y\r\n";
  rest += "\r\n" + make_body(prose, 8000);
  const std::string mail =
      *dkim::sign(rest, "example.com", "sel", key_of(0)) + rest;
  const bool shared = state.range(0) == 1;
  for (auto _ : state) {
    const auto header = message::parse_header(mail);
    const std::string_view body = std::string_view(mail).substr(header.body);
    if (shared) {
      const dkim::field_index fields(header);
      dkim::body_hasher hasher;
      dkim::verifier dkim(header, {}, &hasher, &fields);
      arc::verifier arc(header, {}, &hasher, &fields);
      hasher.write(body);
    } else {
      dkim::verifier dkim(header, {});
      arc::verifier arc(header, {});
      dkim.body(body);
      arc.body(body);
    }
  }
}
BENCHMARK(read_mail_with_arc)->ArgName("shared")->Arg(0)->Arg(1);

/// A mail that somebody changed.
enum undo_kind {
  footer,    // added, so that the signature verifies without it
  word,      // changed, so that every guess is made in vain
  most_work  // three signatures, and a part that may be the original as well
};

void undo_mail(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto kind = static_cast<undo_kind>(state.range(1));
  const auto key = key_of(0);
  std::string rest = head + "\r\n" + make_body(prose, size);
  if (kind == most_work) {
    rest = head;
    rest.replace(rest.find("text/plain"), 10, "multipart/mixed; boundary=b");
    for (int i = 0; i < 9000; ++i) rest += "X: y\r\n";
    rest += "\r\n--b\r\n\r\n" + make_body(indented, size) + "\r\n--b--\r\n";
  }
  dkim::sign_options how;
  how.body = canonicalization::simple;
  how.fields = {"From", "Date"};
  std::vector<dkim::signature_result> results(kind == most_work ? 3 : 1);
  std::string mail;
  for (dkim::signature_result& r : results) {
    mail += *dkim::sign(rest, "example.com", "sel", key, how);
    r.code = dkim::errc::body_hash;
    r.selector = "sel";
    r.domain = "example.com";
  }
  mail += rest;
  if (kind == footer) {
    mail += "_______\r\nA list\r\n";
  } else {
    mail[mail.size() - 20] ^= 1;
    mail.insert(mail.size() - 10, "\r\n>From here \r\n--\r\n");
  }
  const auto zone =
      dns::parse_zone(R"({"sel._domainkey.example.com": {"TXT": [")" +
                      dkim::format_key_record(key) + "\"]}}");
  const auto header = message::parse_header(mail);
  dkim::key_cache keys;
  const changes::undo_options options{.author_domain = "example.com",
                                      .max_octets = 2 << 20};
  for (auto _ : state) {
    const auto undone = changes::test::ask_and_undo(mail, header, results,
                                                    **zone, keys, options);
    if (undone.has_value() != (kind == footer))
      state.SkipWithError("unexpected");
  }
}
BENCHMARK(undo_mail)
    ->ArgNames({"octets", "kind"})
    ->ArgsProduct({{8 << 10, 1 << 20}, {footer, word, most_work}})
    ->Unit(benchmark::kMicrosecond);

/// The header of a mail of 8 KB indexed and edited, as far as the body.
void edit_mail(benchmark::State& state) {
  const std::string mail = head + "\r\n" + make_body(prose, 8000);
  const notify::settings settings{.authserv_id = "mekiki.example"};
  const notify::labels labels{.current = "0123456789abcdef", .previous = {}};
  const std::string fields = "X-DKIM-Check: pass\r\n";
  std::string out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(message::parse_header(mail));
    out.clear();
    notify::mail_editor editor(settings, labels, notify::placement::top);
    editor.set_fields(fields);
    editor.write(mail, out);
    editor.finish(out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(edit_mail);

}  // namespace

BENCHMARK_MAIN();
