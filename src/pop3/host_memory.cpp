#include "pop3/host_memory.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/file_remedy.hpp"
#include "base/log.hpp"
#include "base/unix_time.hpp"
#include "pop3/codec.hpp"

namespace mekiki::pop3 {
namespace {

constexpr std::size_t most_servers = 1'000;
constexpr std::int64_t kept_for = 30 * day_seconds;
constexpr std::size_t most_greeting = 200;

/// One word that stays the same while the server greets alike: without what
/// stands in brackets, and without long words that hold a digit, which are
/// timestamps, addresses and names of hosts and sessions.
std::string comparable(std::string_view greeting) {
  std::string out;
  std::string word;
  int depth = 0;
  const auto end_word = [&] {
    constexpr std::size_t most_with_digits = 8;
    const bool is_name = word.size() > most_with_digits &&
                         std::ranges::any_of(word, ascii::is_digit);
    if (!word.empty() && !is_name)
      out += word + '_';
    word.clear();
  };
  for (const char c : greeting.substr(0, most_greeting)) {
    if (c == '<' || c == '[' || c == '(')
      ++depth;
    else if ((c == '>' || c == ']' || c == ')') && depth > 0)
      --depth;
    else if (depth == 0 && ascii::is_graph(c))
      word += c;
    else
      end_word();
  }
  end_word();
  return out.empty() ? "-" : out;
}

/// Up to the first octet that would end a word of the file.
std::string first_word(const std::string& text) {
  const auto end = std::ranges::find_if_not(text, ascii::is_graph);
  constexpr std::ptrdiff_t most = 20;
  return {text.begin(), text.begin() + std::min(most, end - text.begin())};
}

// SERVER GREETING LEARNED FACT...
std::string format_facts(const host_facts& f) {
  std::string out;
  if (f.capabilities) {
    const capabilities& c = *f.capabilities;
    out += " capa";
    if (c.top)
      out += " TOP";
    if (c.uidl)
      out += " UIDL";
    if (c.pipelining)
      out += " PIPELINING";
    if (c.expire)
      out += " EXPIRE=" + first_word(*c.expire);
    if (c.login_delay)
      out += " LOGIN-DELAY=" + first_word(*c.login_delay);
  }
  if (f.breaks_at_capa)
    out += " breaks-at-capa";
  if (f.top == host_facts::top_answer::whole)
    out += " top-whole";
  if (f.top == host_facts::top_answer::partial)
    out += " top-partial";
  if (f.sizes_hold)
    out += " sizes-hold";
  if (f.no_reading_ahead)
    out += " no-reading-ahead";
  return out;
}

void read_fact(const std::string& word, host_facts& f) {
  const auto capa = [&f]() -> capabilities& {
    return f.capabilities ? *f.capabilities
                          : f.capabilities.emplace(no_capabilities());
  };
  if (word == "capa") {
    capa();
  } else if (word == "breaks-at-capa") {
    f.breaks_at_capa = true;
  } else if (word == "top-whole") {
    f.top = host_facts::top_answer::whole;
  } else if (word == "top-partial") {
    f.top = host_facts::top_answer::partial;
  } else if (word == "sizes-hold") {
    f.sizes_hold = true;
  } else if (word == "no-reading-ahead") {
    f.no_reading_ahead = true;
  } else if (f.capabilities) {
    std::string line = word;
    if (const std::size_t equals = line.find('='); equals != line.npos)
      line[equals] = ' ';
    read_capability(line, *f.capabilities);
  }
}

}  // namespace

host_memory::host_memory(std::filesystem::path file, const clock& now)
    : file_(std::move(file)), clock_(now) {
  load();
}

std::int64_t host_memory::seconds() const { return unix_seconds(clock_.now()); }

void host_memory::load() {
  errno = 0;
  std::ifstream in(file_);
  if (!in && errno != ENOENT) {
    log::error("cannot read {}: {}{}; what was learned of mail servers is gone",
               file_.string(), std::generic_category().message(errno),
               file_remedy(file_, errno));
  }
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string server;
    entry e;
    words >> server >> e.greeting >> e.learned;
    if (!words || entries_.size() >= most_servers)
      continue;
    for (std::string word; words >> word;) read_fact(word, e.facts);
    entries_[server] = std::move(e);
  }
}

void host_memory::save() const {
  if (file_.empty())
    return;
  const std::filesystem::path fresh = file_.string() + ".new";
  std::error_code error;
  {
    std::ofstream out(fresh, std::ios::trunc);
    for (const auto& [server, e] : entries_) {
      out << server << ' ' << e.greeting << ' ' << e.learned
          << format_facts(e.facts) << '\n';
    }
    out.flush();
    if (!out)
      error = std::make_error_code(std::errc::io_error);
  }
  if (!error)
    std::filesystem::rename(fresh, file_, error);
  if (error) {
    log::error(
        "cannot write {}: what was learned of mail servers is "
        "forgotten at the next start{}",
        file_.string(), file_remedy(file_));
  }
}

bool host_memory::is_current(const entry& e) const {
  const std::int64_t age = seconds() - e.learned;
  return age >= 0 && age < kept_for;
}

/// What another session learned meanwhile stays: bad news more than good.
void host_memory::add(const host_facts& fresh, host_facts& to) {
  const bool lies = to.capabilities && !to.capabilities->pipelining;
  if (fresh.capabilities) {
    to.capabilities = fresh.capabilities;
    if (lies)
      to.capabilities->pipelining = false;
  }
  to.sizes_hold = to.sizes_hold || fresh.sizes_hold;
  to.breaks_at_capa = to.breaks_at_capa || fresh.breaks_at_capa;
  to.no_reading_ahead = to.no_reading_ahead || fresh.no_reading_ahead;
  using answer = host_facts::top_answer;
  if (to.top != answer::partial && fresh.top != answer::unknown)
    to.top = fresh.top;
}

/// What is too old goes, else what is oldest of whoever has most.
void host_memory::make_room() {
  std::erase_if(entries_,
                [this](const auto& e) { return !is_current(e.second); });
  if (entries_.size() < most_servers)
    return;
  std::unordered_map<std::string_view, std::size_t> of;
  for (const auto& [server, e] : entries_) ++of[e.client];
  entries_.erase(std::ranges::min_element(entries_, {}, [&](const auto& e) {
    return std::pair(-static_cast<std::ptrdiff_t>(of[e.second.client]),
                     e.second.learned);
  }));
}

host_facts host_memory::find(const std::string& server,
                             std::string_view greeting) const {
  const auto found = entries_.find(server);
  if (found == entries_.end())
    return {};
  const entry& e = found->second;
  return is_current(e) && e.greeting == comparable(greeting) ? e.facts
                                                             : host_facts{};
}

void host_memory::learn(const std::string& server, std::string_view greeting,
                        const host_facts& facts, const std::string& client) {
  if (!entries_.contains(server) && entries_.size() >= most_servers)
    make_room();
  entry& e = entries_[server];
  const std::string greets = comparable(greeting);
  if (e.greeting != greets || !is_current(e))
    e = {.greeting = greets,
         .learned = seconds(),
         .facts = facts,
         .client = client};
  else
    add(facts, e.facts);
  save();
}

}  // namespace mekiki::pop3
