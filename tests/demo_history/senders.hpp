// The senders in the made-up history of `mekiki demo`, and their subjects. All
// of them are invented, at names that RFC 2606 reserves.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mekiki::demo {

/// How the mails of a sender usually come.
enum class demo_way : std::uint8_t {
  signs,    // signed by the author's domain, from a host that SPF allows
  by_spf,   // from such a host, not signed
  halves,   // two mails of three are signed
  service,  // signed by a mailing service alone
  bare,     // not signed, and without SPF
  list,     // signed, and then a mailing list adds a footer
};

enum class demo_topic : std::uint8_t { shop, bank, travel, news, work, people };

struct demo_sender {
  std::string_view domain;
  std::string_view name;
  std::string_view local;
  demo_topic about = demo_topic::shop;
  bool japanese = false;
  unsigned often = 0;  // weight among the senders of an account
  demo_way way = demo_way::signs;
  std::string_view policy = {};  // its DMARC record's p=; empty: no record
  std::int64_t since = 0;        // the day of the history on which it begins
  std::int64_t new_key = 0;      // the day from which it signs with another key
  bool revokes = false;          // the old key then
};

/// No sender of the mails in demo/mailbox.cpp, and none that looks like one.
std::span<const demo_sender> demo_senders();

std::span<const std::string_view> demo_subjects(demo_topic about,
                                                bool japanese);

/// Signs for those of `demo_way::service`.
inline constexpr std::string_view demo_service = "sendout.example";
/// Passes on the mails of those of `demo_way::list`.
inline constexpr std::string_view demo_list = "circle.example";
inline constexpr std::string_view demo_forwarder = "forward.example";

}  // namespace mekiki::demo
