#include "delivery/outgoing_mail.hpp"

#include <utility>

namespace mekiki::delivery {

namespace {

// A header is looked at octet by octet: not more of it in one turn of the loop.
constexpr std::size_t most_examined = 16 << 10;

}  // namespace

outgoing_mail::outgoing_mail(arriving_mail& mail, const delivery::settings& s,
                             const recipient& r,
                             std::optional<std::uint32_t> body_lines)
    : mail_(mail), settings_(s), recipient_(r), lines_(body_lines) {}

notify::mail_editor& outgoing_mail::begin(notify::placement where) {
  if (!editor_)
    editor_.emplace(settings_.notify, recipient_.labels, where);
  return *editor_;
}

std::string outgoing_mail::early_line() {
  notify::mail_editor& editor = begin(notify::placement::bottom);
  constexpr std::size_t step = 512;
  while (early_.empty() && taken_ < mail_.size()) {
    const auto octets = mail_.octets().read(taken_, step);
    if (!octets)
      break;
    const std::size_t taken = editor.write(*octets, early_);
    taken_ += taken;
    if (taken < octets->size())
      break;  // what may be the header's end waits for the verdict
  }
  if (early_.empty())
    return "X-Mekiki-Wait:\r\n";
  const std::size_t end = early_.find('\n') + 1;
  std::string line = early_.substr(0, end);
  early_.erase(0, end);
  lines_.cut(line);
  return line;
}

void outgoing_mail::set_judged(const judged_mail& j, random_source& random) {
  notify::mail_editor& editor = begin(notify::placement::top);
  const bool is_forged = j.judgement.result.what == verdict::level::forged;
  editor.set_fields(j.fields, is_forged ? notify::receipts::removed
                                        : notify::receipts::renamed);
  if (!j.what.any())
    return;
  const notify::changed_mail::options how{
      .what = j.what,
      .choice = recipient_.choice,
      .texts = settings_.texts,
      .keep_original = settings_.notify.keep_original,
      .limits = settings_.verdict.header};
  changed_ = std::make_unique<notify::changed_mail>(
      mail_.octets(), j.judgement, how, random, taken_, editor.take_held());
}

expected<std::string_view, std::error_code> outgoing_mail::read() {
  out_ = std::exchange(early_, {});
  std::string_view octets;
  if (changed_) {
    const auto piece = changed_->read();
    if (!piece)
      return unexpected(piece.error());
    octets = *piece;
  } else if (taken_ < mail_.size()) {
    const auto piece = editor_->passes_all()
                           ? mail_.octets().read(taken_)
                           : mail_.octets().read(taken_, most_examined);
    if (!piece)
      return unexpected(piece.error());
    octets = *piece;
  }
  if (out_.empty() && editor_->passes_all()) {
    taken_ += octets.size();
    return lines_.cut(octets);
  }
  taken_ += editor_->write(octets, out_);
  return lines_.cut(out_);
}

bool outgoing_mail::ended() const {
  return early_.empty() &&
         (changed_ ? changed_->ended() : taken_ == mail_.size());
}

std::optional<std::size_t> outgoing_mail::left() const {
  if (changed_ || lines_.is_set() || !editor_ || !editor_->passes_all())
    return std::nullopt;
  return mail_.size() - taken_;
}

std::string_view outgoing_mail::pass(std::string_view octets) {
  if (editor_->passes_all())
    return lines_.cut(octets);
  out_.clear();
  editor_->write(octets, out_);
  return lines_.cut(out_);
}

std::string_view outgoing_mail::finish() {
  out_.clear();
  editor_->finish(out_);
  return lines_.cut(out_);
}

std::string_view outgoing_mail::line_limit::cut(std::string_view octets) {
  if (!left_)
    return octets;
  std::size_t end = 0;
  if (!in_body_) {
    const auto header = header_.find(octets);
    if (!header)
      return octets;
    in_body_ = true;
    end = *header;
  }
  while (*left_ > 0 && end < octets.size()) {
    const std::size_t lf = octets.find('\n', end);
    if (lf == std::string_view::npos)
      return octets;
    end = lf + 1;
    --*left_;
  }
  return octets.substr(0, end);
}

}  // namespace mekiki::delivery
