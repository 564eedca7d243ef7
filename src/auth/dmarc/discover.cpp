#include "auth/dmarc/discover.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "auth/dmarc/public_suffix.hpp"

namespace mekiki::dmarc {
namespace {

constexpr std::size_t max_labels = 7;  // of a name above the start

std::size_t count_labels(std::string_view domain) {
  return static_cast<std::size_t>(
             std::count(domain.begin(), domain.end(), '.')) +
         1;
}

/// The last `labels` labels.
std::string_view cut_to(std::string_view domain, std::size_t labels) {
  for (std::size_t have = count_labels(domain); have > labels; --have) {
    domain.remove_prefix(domain.find('.') + 1);
  }
  return domain;
}

dns::question policy_question(std::string_view domain) {
  return {fmt::format("_dmarc.{}", domain), dns::record_type::txt};
}

/// What one name holds: `found`, or why there is nothing.
struct looked_up {
  std::optional<record> found;
  errc problem = errc::no_record;
  std::string detail;
};

bool is_of_dns(errc e) {
  return e == errc::dns_unavailable || e == errc::dns_bogus;
}

errc to_errc(dns::status s) {
  if (s == dns::status::bogus)
    return errc::dns_bogus;
  return dns::is_temporary(s) ? errc::dns_unavailable : errc::no_record;
}

std::string tell(const dns::question& q, const dns::answer& answer) {
  return fmt::format("{} {}: {}", q.name, dns::to_string(q.type),
                     dns::describe(answer.status));
}

looked_up read(const dns::question& q, const dns::answer& answer, spec rules) {
  looked_up out;
  if (answer.status != dns::status::success) {
    out.problem = to_errc(answer.status);
    if (is_of_dns(out.problem))
      out.detail = tell(q, answer);
    return out;
  }
  std::size_t records = 0;
  for (const std::string& text : answer.texts) {
    auto read = parse_record(text, rules);
    if (!read && read.error() == errc::no_record)
      continue;
    ++records;
    if (read) {
      out.found = std::move(*read);
    } else {
      out.problem = read.error();
    }
  }
  if (records > 1) {
    out.found.reset();
    out.problem = errc::several_records;
  }
  return out;
}

boost::asio::awaitable<looked_up> look_up(std::string domain,
                                          dns::resolver& resolver, spec rules) {
  const dns::question q = policy_question(domain);
  const auto answer = co_await resolver.resolve(q);
  co_return read(q, *answer, rules);
}

/// A tree walk, as far as it came.
struct tree {
  std::vector<published> records;
  std::optional<errc> start;    // why there is no record at its start
  std::optional<errc> failure;  // the DNS ended it
  std::string detail;
};

boost::asio::awaitable<tree> walk(std::string domain, dns::resolver& resolver) {
  tree out;
  auto names = walk_names(domain);
  for (std::string& name : names) {
    looked_up here = co_await look_up(name, resolver, spec::rfc9989);
    if (is_of_dns(here.problem)) {
      out.failure = here.problem;
      out.detail = std::move(here.detail);
      break;
    }
    if (here.found) {
      const bool last = here.found->psd != suffix_flag::unstated;
      out.records.push_back({std::move(name), std::move(*here.found)});
      if (last)
        break;
    } else if (name == domain) {
      out.start = here.problem;
    }
  }
  co_return out;
}

/// RFC 9989 4.10.1: the author's own record, else that of the organizational
/// domain, else that of the public suffix, with which the walk ended.
discovery choose(tree walked, const std::string& author) {
  discovery out;
  out.policy_domain = author;
  out.problem = walked.failure;
  out.detail = std::move(walked.detail);
  auto& records = walked.records;
  const auto is_at = [&](const std::string& name) {
    return std::find_if(records.begin(), records.end(),
                        [&](const published& p) { return p.domain == name; });
  };
  if (!walked.failure)
    out.org_domain = organizational_domain(records, author);
  auto at = is_at(author);
  if (at == records.end() && !walked.failure) {
    if (walked.start == errc::several_records) {
      out.problem = errc::several_records;
      return out;
    }
    at = is_at(out.org_domain);
    if (at == records.end() && !records.empty() &&
        records.back().rules.psd == suffix_flag::yes) {
      at = std::prev(records.end());
    }
  }
  if (at != records.end()) {
    out.policy_domain = std::move(at->domain);
    out.found = std::move(at->rules);
  } else if (!out.problem) {
    out.problem = errc::no_record;
  }
  return out;
}

boost::asio::awaitable<discovery> discover_by_walk(std::string author,
                                                   dns::resolver& resolver) {
  tree walked = co_await walk(author, resolver);
  discovery out = choose(std::move(walked), author);
  const bool depends_on_existence =
      out.found && out.policy_domain != author && out.found->np &&
      out.found->np != (out.found->sp ? out.found->sp : out.found->p);
  if (depends_on_existence) {
    const dns::question q{author, dns::record_type::a};
    const auto answer = co_await resolver.resolve(q);
    if (is_of_dns(to_errc(answer->status))) {
      out.problem = to_errc(answer->status);
      out.detail = tell(q, *answer);
    } else {
      out.exists = answer->status != dns::status::nxdomain;
    }
  }
  co_return out;
}

boost::asio::awaitable<discovery> discover_by_list(std::string author,
                                                   dns::resolver& resolver) {
  discovery out;
  out.org_domain = registered_domain(author);
  out.policy_domain = author;
  looked_up here = co_await look_up(author, resolver, spec::rfc7489);
  if (!here.found && here.problem == errc::no_record &&
      out.org_domain != author) {
    here = co_await look_up(out.org_domain, resolver, spec::rfc7489);
    if (here.found || here.problem != errc::no_record)
      out.policy_domain = out.org_domain;
  }
  if (here.found) {
    out.found = std::move(here.found);
  } else {
    out.problem = here.problem;
    out.detail = std::move(here.detail);
  }
  co_return out;
}

}  // namespace

std::vector<std::string> walk_names(std::string_view domain) {
  std::vector<std::string> out{std::string(domain)};
  std::size_t labels = std::min(count_labels(domain) - 1, max_labels);
  for (; labels > 0; --labels) out.emplace_back(cut_to(domain, labels));
  return out;
}

std::string organizational_domain(const std::vector<published>& walk,
                                  const std::string& start) {
  for (const published& p : walk) {
    if (p.rules.psd == suffix_flag::no)
      return p.domain;
    if (p.rules.psd == suffix_flag::yes && p.domain != start)
      return std::string(cut_to(start, count_labels(p.domain) + 1));
  }
  return walk.empty() ? start : walk.back().domain;
}

boost::asio::awaitable<discovery> discover(std::string author_domain,
                                           dns::resolver& resolver,
                                           spec rules) {
  if (rules == spec::rfc7489)
    return discover_by_list(std::move(author_domain), resolver);
  return discover_by_walk(std::move(author_domain), resolver);
}

boost::asio::awaitable<std::string> find_organizational_domain(
    std::string domain, dns::resolver& resolver) {
  const tree walked = co_await walk(domain, resolver);
  if (walked.failure)
    co_return std::string();
  co_return organizational_domain(walked.records, domain);
}

std::vector<dns::question> questions(const std::string& author_domain,
                                     spec rules) {
  std::vector<dns::question> out;
  if (rules == spec::rfc9989) {
    for (const std::string& name : walk_names(author_domain))
      out.push_back(policy_question(name));
  } else {
    out.push_back(policy_question(author_domain));
    const std::string above = registered_domain(author_domain);
    if (above != author_domain)
      out.push_back(policy_question(above));
  }
  return out;
}

}  // namespace mekiki::dmarc
