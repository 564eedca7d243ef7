#include "notify/edit/edit.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/ascii.hpp"
#include "notify/edit/label_guard.hpp"
#include "notify/edit/rewrite.hpp"
#include "notify/edit/scrubber.hpp"

namespace mekiki::notify {
namespace {

constexpr std::size_t most_held_back = 64 << 10;

// Fields that an edit may concern.
bool waits_for_verdict(std::string_view name) {
  return !is_kept(name) || may_be_removed(name) ||
         ascii::iequals(name, "subject");
}

enum class line_kind {
  field,   // begins one
  folded,  // continues one
  odd,     // some reader may see the header end here, or something else
};

// Only lines that all readers see alike may precede our fields.
line_kind kind_of(std::string_view line) {
  if (!line.ends_with("\r\n"))
    return line_kind::odd;
  line.remove_suffix(2);
  bool blank = true;
  for (const char c : line) {
    if (ascii::is_wsp(c))
      continue;
    if (ascii::is_control(c))
      return line_kind::odd;
    blank = false;
  }
  if (blank)
    return line_kind::odd;
  if (ascii::is_wsp(line.front()))
    return line_kind::folded;
  return field_name(line).empty() ? line_kind::odd : line_kind::field;
}

}  // namespace

struct mail_editor::state {
  state(const settings& s, const labels& l, placement p)
      : scrub(s.authserv_id), guard(l), where(p) {}

  scrubber scrub;
  label_guard guard;  // over all that goes out and is not ours
  placement where;
  std::string fields;
  bool ready = false;     // to put our fields into the header
  bool inserted = false;  // they are there

  // Before that, with `bottom`:
  std::string held_back;       // whole fields that wait for the verdict
  std::string unfinished;      // a field whose end was not yet seen
  std::size_t line_begin = 0;  // of its last line
  bool stopped = false;        // at what may be the header's end

  // Our fields, then what was held back. `next` begins what follows them.
  void insert(char next, std::string& out) {
    inserted = true;
    out += fields;
    const std::string kept = std::move(held_back) + unfinished;
    unfinished = {};
    if (!kept.empty())
      next = kept.front();
    // A client would join this line to our last field.
    const bool orphan = next == '\x7f' || (next >= '\0' && next <= ' ' &&
                                           next != '\r' && next != '\n');
    if (orphan && !fields.empty())
      out += "X-Mekiki-Orphan:\r\n";
    pass(kept, out);
  }

  void pass(std::string_view octets, std::string& out) {
    const std::size_t before = out.size();
    scrub.write(octets, out);
    guard_from(before, out);
  }

  void guard_from(std::size_t before, std::string& out) {
    if (!guard.passes_all())
      guard.write(std::span(out).subspan(before));
  }

  // Lets whole fields of no consequence go out. Answers how many octets were
  // taken.
  std::size_t write_early(std::string_view octets, std::string& out) {
    std::size_t taken = 0;
    while (!stopped && taken < octets.size()) {
      const std::string_view rest = octets.substr(taken);
      const std::size_t room =
          most_held_back - held_back.size() - unfinished.size();
      const std::string_view line =
          rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
      if (line.size() > room) {
        stopped = true;
        break;
      }
      unfinished += line;
      taken += line.size();
      if (line.ends_with('\n'))
        end_line(out);
    }
    return taken;
  }

  void end_line(std::string& out) {
    const line_kind kind =
        kind_of(std::string_view(unfinished).substr(line_begin));
    if (kind == line_kind::odd ||
        (kind == line_kind::folded && line_begin == 0)) {
      stopped = true;
      return;
    }
    if (kind == line_kind::field) {
      const std::string_view whole(unfinished.data(), line_begin);
      (waits_for_verdict(field_name(whole)) ? held_back : out) += whole;
      unfinished.erase(0, line_begin);
    }
    line_begin = unfinished.size();
  }
};

mail_editor::mail_editor(const settings& s, const labels& l, placement where)
    : state_(std::make_unique<state>(s, l, where)) {}
mail_editor::~mail_editor() = default;
mail_editor::mail_editor(mail_editor&&) noexcept = default;
mail_editor& mail_editor::operator=(mail_editor&&) noexcept = default;

void mail_editor::set_fields(std::string fields, receipts r) {
  state_->fields = std::move(fields);
  state_->scrub.set_receipts(r);
  state_->ready = true;
}

std::size_t mail_editor::write(std::string_view octets, std::string& out) {
  if (octets.empty())
    return 0;
  state& s = *state_;
  if (!s.inserted) {
    if (s.where == placement::bottom && !s.ready) {
      const std::size_t before = out.size();
      const std::size_t taken = s.write_early(octets, out);
      s.guard_from(before, out);
      return taken;
    }
    s.insert(octets.front(), out);
  }
  s.pass(octets, out);
  return octets.size();
}

void mail_editor::finish(std::string& out) {
  if (!state_->inserted)
    state_->insert('\r', out);
  const std::size_t before = out.size();
  state_->scrub.finish(out);
  state_->guard_from(before, out);
}

std::string mail_editor::take_held() {
  state& s = *state_;
  std::string held = std::exchange(s.held_back, {}) + s.unfinished;
  s.unfinished.clear();
  return held;
}

bool mail_editor::passes_all() const {
  return state_->inserted && state_->scrub.passes_all();
}

}  // namespace mekiki::notify
