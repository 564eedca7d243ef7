#include "notify/edit/scrubber.hpp"

#include <algorithm>
#include <utility>

#include "auth/authres/identity.hpp"
#include "base/ascii.hpp"

namespace mekiki::notify {
namespace {

constexpr std::size_t most_held = 64 << 10;

/// The name of fields that are removed, or the beginning of such names.
struct removed_name {
  std::string_view text;  // lower case
  bool is_prefix = false;
};
constexpr std::array removed_names = {
    removed_name{"authentication-results"},  // only what could name our id
    removed_name{"x-dkim-check"},
    removed_name{"x-mekiki-", true},
    // Fields that a client writes into stored mails, and believes when it reads
    // them again: tags, marks, the account.
    removed_name{"status"},             // mbox: Claws Mail, mutt, Alpine
    removed_name{"x-account-key"},      // Thunderbird
    removed_name{"x-becky-", true},     // Becky!
    removed_name{"x-claws-", true},     // Claws Mail
    removed_name{"x-evolution", true},  // Evolution
    removed_name{"x-identity-key"},     // Thunderbird
    removed_name{"x-imap", true},       // mbox: X-IMAP, X-IMAPbase
    removed_name{"x-keywords"},         // mbox
    removed_name{"x-kmail-", true},     // KMail
    removed_name{"x-label"},            // mutt
    removed_name{"x-mozilla-", true},   // Thunderbird
    removed_name{"x-status"},           // mbox
    removed_name{"x-sylpheed-", true},  // Sylpheed, Claws Mail
    removed_name{"x-uid"},              // mbox
    removed_name{"x-uidl"},             // mbox, Thunderbird
    removed_name{"x-unsent"},           // Outlook: opened as a draft
    // Fields that ask for a receipt: RFC 8098, 2156 and 2298's forerunners, and
    // those of single clients (Pegasus Mail, Eudora, Outlook, sendmail).
    removed_name{"confirm-reading-to"},
    removed_name{"disposition-notification-", true},
    removed_name{"generate-delivery-report"},
    removed_name{"notice-requested-upon-delivery-to"},
    removed_name{"read-receipt-", true},
    removed_name{"receipt-to"},
    removed_name{"registered-mail-reply-requested-by"},
    removed_name{"return-receipt-", true},
    removed_name{"x-confirm-", true},
    removed_name{"x-pmrqc"},
    removed_name{"x-read-receipt-", true},
};
constexpr std::size_t results = 0;         // of removed_names
constexpr std::size_t first_receipt = 19;  // and all behind it
static_assert(removed_names[first_receipt].text == "confirm-reading-to");
constexpr std::size_t none = removed_names.size();
static_assert(none < 32);
constexpr std::uint32_t all_names = (std::uint32_t{1} << none) - 1;

constexpr std::string_view withheld = "X-Withheld-";

/// By the first octet of a name, in lower case.
constexpr std::array<bool, 256> begins_a_name = [] {
  std::array<bool, 256> out{};
  for (const removed_name& n : removed_names)
    out[static_cast<unsigned char>(n.text.front())] = true;
  return out;
}();

constexpr bool begins_other_name(char c) {
  return ascii::is_graph(c) &&
         !begins_a_name[static_cast<unsigned char>(ascii::to_lower(c))];
}

// The names in `possible` that go on with `c` after `length` octets.
std::uint32_t still_possible(std::uint32_t possible, std::size_t length,
                             char c) {
  std::uint32_t left = 0;
  for (std::size_t n = 0; n < none; ++n) {
    const auto& [text, is_prefix] = removed_names[n];
    const bool goes_on =
        length < text.size() ? text[length] == ascii::to_lower(c) : is_prefix;
    if (goes_on)
      left |= std::uint32_t{1} << n;
  }
  return left & possible;
}

// The one name in `possible` that is complete with `length` octets, or `none`.
std::size_t complete_name(std::uint32_t possible, std::size_t length) {
  for (std::size_t n = 0; n < none; ++n) {
    if ((possible >> n & 1) != 0 && length >= removed_names[n].text.size())
      return n;
  }
  return none;
}

// Where the next CR or LF stands, from `at` on. Looks at no octet behind it: a
// search for LF alone would pass over all that is left, once for each bare CR.
std::size_t line_end(std::string_view octets, std::size_t at) {
  while (at < octets.size() && octets[at] != '\r' && octets[at] != '\n') ++at;
  return at;
}

// How many octets of whole lines, and of the last one, cannot begin a field of
// ours for any reader.
std::size_t uneventful(std::string_view octets) {
  std::size_t at = line_end(octets, 0);
  while (octets.size() - at > 2 && octets[at] == '\r' &&
         octets[at + 1] == '\n' &&
         (ascii::is_wsp(octets[at + 2]) || begins_other_name(octets[at + 2]))) {
    at = line_end(octets, at + 3);
  }
  return at;
}

}  // namespace

bool may_be_removed(std::string_view name) {
  return std::any_of(removed_names.begin(), removed_names.end(),
                     [name](const removed_name& n) {
                       return n.is_prefix ? ascii::istarts_with(name, n.text)
                                          : ascii::iequals(name, n.text);
                     });
}

scrubber::scrubber(std::string authserv_id)
    : authserv_id_(std::move(authserv_id)) {}

bool scrubber::any_open() const {
  return names_[strict].open || names_[lf_tolerant].open ||
         names_[cr_tolerant].open;
}

void scrubber::write(std::string_view octets, std::string& out) {
  while (!octets.empty()) {
    if (skip_uneventful(octets, out))
      continue;
    take(octets.front(), out);
    octets.remove_prefix(1);
  }
}

// Takes at once what cannot change anything; false if the next octet might.
bool scrubber::skip_uneventful(std::string_view& octets, std::string& out) {
  std::size_t n = 0;
  if (passes_all()) {
    n = octets.size();
    out.append(octets);
  } else if (mode_ == mode::names && last_ == last::text && !any_open()) {
    n = uneventful(octets);
    out.append(octets.substr(0, n));
    passed_ += n;
  } else if (mode_ != mode::names && field_last_ == last::text) {
    n = line_end(octets, 0);
    if (mode_ == mode::results) {
      n = std::min(n, most_held - std::min(most_held, held_.size()));
      held_.append(octets.substr(0, n));
    }
  }
  octets.remove_prefix(n);
  return n != 0;
}

void scrubber::take(char c, std::string& out) {
  if (mode_ != mode::names) {
    take_in_field(c, out);
    return;
  }
  switch (last_) {
    case last::crlf:
      begin_line(strict, c);
      break;
    case last::lf:
      begin_line(lf_tolerant, c);
      break;
    case last::cr:
    case last::crlf_cr:
      if (c != '\n')
        begin_line(cr_tolerant, c);
      break;
    case last::text:
    case last::header:
      break;
  }
  grow_names(c);
  if (mode_ == mode::removing)
    return;
  held_ += c;
  if (mode_ == mode::results)
    return;
  if (c == '\r') {
    last_ = last_ == last::crlf ? last::crlf_cr : last::cr;
  } else if (c == '\n') {
    last_ = last_ == last::cr        ? last::crlf
            : last_ == last::crlf_cr ? last::header
                                     : last::lf;
  } else {
    last_ = last::text;
  }
  if (passes_all())
    names_ = {};
  pass_settled(out);
}

// A line begins with `c` for `first` and all more tolerant readers.
void scrubber::begin_line(reader first, char c) {
  // A folded line continues the name before it, if there is one.
  const bool folded = ascii::is_wsp(c);
  if (first == strict && begins_other_name(c)) {
    for (candidate& n : names_) n.open = false;
    return;
  }
  std::array<bool, readers> who{};
  for (std::uint8_t r = strict; r < readers; ++r) {
    // Odd octets that precede a name belong to the line they stand in.
    const bool empty = names_[r].open && names_[r].length == 0;
    who[r] = empty || (!folded && r >= first);
  }
  restart(who);
}

// These readers' candidates begin here.
void scrubber::restart(const std::array<bool, readers>& who) {
  std::size_t needed = end();
  for (std::uint8_t r = strict; r < readers; ++r) {
    // If the candidate takes its octets back, this one is where it was.
    if (!who[r] && names_[r].open)
      needed = std::min(needed, names_[r].needed);
  }
  for (std::uint8_t r = strict; r < readers; ++r) {
    if (who[r])
      names_[r] = {true, all_names, 0, end(), needed};
  }
  for (std::uint8_t r = strict; r < readers; ++r) {
    if (who[r])
      before_[r] = {names_, last_};
  }
}

void scrubber::grow_names(char c) {
  if (c != ':') {
    if (!ascii::is_graph(c))
      return;
    for (candidate& n : names_) {
      if (!n.open)
        continue;
      n.possible = still_possible(n.possible, n.length, c);
      n.open = n.possible != 0;
      if (n.length < 255)
        ++n.length;
    }
    return;
  }
  end_names();
}

// The names end. Where several readers see a field that goes for its name
// alone, the shortest goes. One that is renamed stays, so no other is hidden
// behind it; who removes goes first.
void scrubber::end_names() {
  std::uint8_t found = readers;
  mode found_mode = mode::results;
  std::array<bool, readers> renamed{};
  for (std::uint8_t r = strict; r < readers; ++r) {
    if (!names_[r].open)
      continue;
    names_[r].open = false;
    const std::size_t n = complete_name(names_[r].possible, names_[r].length);
    const bool stays =
        n != none && n >= first_receipt && receipts_ != receipts::removed;
    renamed[r] = stays && receipts_ == receipts::renamed;
    if (n == none || stays || (n == results && found_mode == mode::removing))
      continue;
    found = r;
    found_mode = n == results ? mode::results : mode::removing;
  }
  if (found_mode != mode::removing) {
    // From the end, so that what is before stays where it is.
    std::size_t last = end();
    for (std::uint8_t r = readers; r-- > strict;) {
      if (!renamed[r] || names_[r].begin == last)
        continue;
      last = names_[r].begin;
      held_.insert(last - passed_, withheld);
    }
  }
  if (found != readers)
    enter_field(static_cast<reader>(found), found_mode);
}

void scrubber::enter_field(reader r, mode m) {
  mode_ = m;
  field_last_ = last::text;
  field_before_ = before_[r];
  field_begin_ = names_[r].begin;
  value_begin_ = end() + 1;  // behind the colon
  if (m == mode::removing)
    held_.resize(field_begin_ - passed_);
}

void scrubber::take_in_field(char c, std::string& out) {
  const bool line_begins = field_last_ == last::crlf ||
                           field_last_ == last::lf ||
                           (field_last_ == last::cr && c != '\n');
  if (line_begins && !ascii::is_wsp(c)) {
    end_field(out);
    take(c, out);
    return;
  }
  if (c == '\n') {
    field_last_ = field_last_ == last::cr ? last::crlf : last::lf;
  } else {
    field_last_ = c == '\r' ? last::cr : last::text;
  }
  if (mode_ == mode::removing)
    return;
  held_ += c;
  if (held_.size() > most_held) {
    mode_ = mode::removing;
    held_.resize(field_begin_ - passed_);
  }
}

void scrubber::end_field(std::string& out) {
  if (mode_ == mode::results) {
    const std::string_view value =
        std::string_view(held_).substr(value_begin_ - passed_);
    // For a strict reader the field goes on behind a bare CR or LF.
    const bool goes_on = field_last_ == last::cr || field_last_ == last::lf;
    if (!authres::could_name(value, authserv_id_) &&
        (!goes_on || authres::has_whole_id(value))) {
      mode_ = mode::names;
      last_ = field_last_;
      names_ = {};
      pass_settled(out);
      return;
    }
    held_.resize(field_begin_ - passed_);
  }
  forget_field();
}

// As if the field had never been there.
void scrubber::forget_field() {
  mode_ = mode::names;
  names_ = field_before_.names;
  last_ = field_before_.last;
}

void scrubber::pass_settled(std::string& out) {
  std::size_t needed = end();
  for (const candidate& n : names_) {
    if (n.open)
      needed = std::min(needed, n.needed);
  }
  const std::size_t settled = needed - passed_;
  // What is left is moved: not for every octet.
  if (settled == held_.size()) {
    out += held_;
    held_.clear();
  } else if (settled > most_held / 8) {
    out.append(held_, 0, settled);
    held_.erase(0, settled);
  } else {
    if (held_.size() > most_held)
      make_room(out);
    return;
  }
  passed_ += settled;
}

// No reader has decided on a name within the octets that may be held.
void scrubber::make_room(std::string& out) {
  std::uint8_t longest = readers;
  std::array<bool, readers> nameless{};
  for (std::uint8_t r = strict; r < readers; ++r) {
    if (!names_[r].open)
      continue;
    nameless[r] = names_[r].length == 0;
    if (!nameless[r] && longest == readers)
      longest = r;
  }
  if (longest != readers) {
    enter_field(static_cast<reader>(longest), mode::removing);
    names_ = {};
    return;
  }
  // A line that begins with thousands of odd octets: they may go.
  restart(nameless);
  pass_settled(out);
}

void scrubber::finish(std::string& out) {
  if (mode_ != mode::names)
    end_field(out);
  names_ = {};
  pass_settled(out);
}

}  // namespace mekiki::notify
