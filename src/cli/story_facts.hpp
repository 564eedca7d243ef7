// The story of a mail as the history keeps it: facts, worded when they are
// read, in the reader's language.
#pragma once

#include <string>
#include <string_view>

#include "notify/words/sentence.hpp"
#include "store/dashboard_queries.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::cli {

/// What `story` tells of a judgement: a JSON object of at most
/// store::most_story octets. Long texts and long lists are cut; the header and
/// the results, which the history keeps beside it, are not in it.
std::string pack_story(const verdict::judgement& j,
                       std::string_view authserv_id);

/// The story of a mail of the history, without colours. Stories that earlier
/// versions kept as text stay as they were written; "" if none is kept.
std::string kept_story(const store::mail_detail& m, notify::language in);

}  // namespace mekiki::cli
