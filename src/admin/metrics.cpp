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

}  // namespace mekiki::admin
