#include "admin/metrics.hpp"

#include <algorithm>
#include <utility>

#include <prometheus/text_serializer.h>

namespace mekiki::admin {

page metrics_page(
    std::vector<ip_network> clients,
    std::function<std::vector<prometheus::MetricFamily>()> collect) {
  return at_once([clients = std::move(clients),
                  collect = std::move(collect)](const request& asked) {
    const bool may = std::ranges::any_of(clients, [&](const ip_network& n) {
      return n.contains(asked.client.unmapped());
    });
    if (!may)
      return make_error(403);
    return response{.type = "text/plain; version=0.0.4; charset=utf-8",
                    .body = prometheus::TextSerializer().Serialize(collect()),
                    .fields = {}};
  });
}

page health_page(std::function<std::vector<std::string>()> problems) {
  return at_once([problems = std::move(problems)](const request& /*asked*/) {
    response r;
    for (const std::string& problem : problems()) {
      r.status = 503;
      r.body += problem + '\n';
    }
    if (r.body.empty())
      r.body = "ok\n";
    return r;
  });
}

}  // namespace mekiki::admin
