// Facts that sessions learned about upstream servers: their capabilities, and
// the commands that made them fail, so that each is tried once and not in every
// session.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "pop3/session.hpp"

namespace mekiki::pop3 {

struct host_facts {
  /// After login; nothing if not known.
  std::optional<pop3::capabilities> capabilities;
  /// It closed the connection at CAPA, did not answer it, or not with a list:
  /// it is not asked again.
  bool breaks_at_capa = false;

  /// What TOP with a huge count of lines gives.
  enum class top_answer : std::uint8_t {
    unknown,
    whole,    // RETR's octets, seen with a line that begins with a dot
    partial,  // cut, refused, or with dots that are not doubled
  };
  top_answer top = top_answer::unknown;
  /// A mail was as long as LIST said.
  bool sizes_hold = false;

  /// Reading ahead failed there: LIST gives other sizes than RETR, several
  /// commands at a time lose answers, ...
  bool no_reading_ahead = false;
};

/// Facts by server, for 30 days and as long as the server greets alike. A text
/// file, read at start and written whenever a fact changes; without one (an
/// empty path) they live as long as the process. At most 1,000 servers.
class host_memory {
 public:
  host_memory(std::filesystem::path file, const clock& now);

  /// `server` names host and port, `greeting` is what it said first; what
  /// changes in it each time (a timestamp, RFC 1939 7) is not compared.
  host_facts find(const std::string& server, std::string_view greeting) const;
  /// Merges `facts` into what is known; a recorded failure stays recorded.
  /// `client`: whose network made us learn it. Of too many servers goes the one
  /// that was learned first of those of the client with most.
  void learn(const std::string& server, std::string_view greeting,
             const host_facts& facts, const std::string& client = {});

 private:
  struct entry {
    std::string greeting;
    std::int64_t learned = 0;  // Unix seconds
    host_facts facts;
    std::string client = {};  // not in the file
  };
  bool is_current(const entry& e) const;
  static void add(const host_facts& fresh, host_facts& to);
  void make_room();
  void load();
  void save() const;
  std::int64_t seconds() const;

  std::filesystem::path file_;
  const clock& clock_;
  std::unordered_map<std::string, entry> entries_;
};

}  // namespace mekiki::pop3
