#include "pop3/host_memory.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "pop3/codec.hpp"

namespace mekiki::pop3 {
namespace {

constexpr std::size_t most_servers = 1'000;
constexpr std::int64_t kept_for = 30 * std::int64_t{86'400};
constexpr std::size_t most_greeting = 200;

/// One word that stays the same while the server greets alike.
std::string comparable(std::string_view greeting) {
  std::string out;
  bool in_timestamp = false;
  for (const char c : greeting.substr(0, most_greeting)) {
    if (c == '<')
      in_timestamp = true;
    if (!in_timestamp)
      out += c > ' ' && c < '\x7f' ? c : '_';
    if (c == '>')
      in_timestamp = false;
  }
  return out.empty() ? "-" : out;
}

/// Up to the first octet that would end a word of the file.
std::string first_word(const std::string& text) {
  const auto end = std::ranges::find_if_not(text, ascii::is_graph);
  return {text.begin(), end};
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

std::int64_t host_memory::seconds() const {
  return std::chrono::system_clock::to_time_t(clock_.now());
}

void host_memory::load() {
  std::ifstream in(file_);
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
        "forgotten at the next start",
        file_.string());
  }
}

host_facts host_memory::find(const std::string& server,
                             std::string_view greeting) const {
  const auto found = entries_.find(server);
  if (found == entries_.end())
    return {};
  const entry& e = found->second;
  const std::int64_t age = seconds() - e.learned;
  const bool is_current = age >= 0 && age < kept_for;
  return is_current && e.greeting == comparable(greeting) ? e.facts
                                                          : host_facts{};
}

void host_memory::learn(const std::string& server, std::string_view greeting,
                        const host_facts& facts) {
  if (!entries_.contains(server) && entries_.size() >= most_servers)
    entries_.erase(entries_.begin());
  entries_[server] = {
      .greeting = comparable(greeting), .learned = seconds(), .facts = facts};
  save();
}

}  // namespace mekiki::pop3
