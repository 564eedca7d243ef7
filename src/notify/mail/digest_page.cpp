#include "notify/mail/digest_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mime/html.hpp"

namespace mekiki::notify::digests {
namespace {

constexpr std::uint64_t tallest = 88;  // pixels of a column
constexpr std::uint64_t widest = 30;   // signs of a bar of text
constexpr std::string_view rule = "1px solid rgba(128,128,128,.35)";

/// `part` of `all` on a scale up to `most`; what is there is seen.
std::uint64_t scaled(std::uint64_t part, std::uint64_t all, std::uint64_t most,
                     std::uint64_t least) {
  if (part == 0 || all == 0)
    return 0;
  return std::max(least, (part * most + all / 2) / all);
}

std::uint64_t most_mails(const page& p) {
  std::uint64_t most = 0;
  for (const column& c : p.columns) most = std::max(most, c.mails);
  return most;
}

void append_rows(std::string_view heading, const std::vector<row>& rows,
                 std::string& out) {
  out += fmt::format("\n{}\n", heading);
  for (const row& r : rows) out += fmt::format("  {}\n", r.line);
}

}  // namespace

std::string number(std::uint64_t n) {
  std::string out = std::to_string(n);
  for (std::size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

std::string to_text(const page& p) {
  std::string out =
      fmt::format("Mekiki: {}\n{}\n\n{}\n", p.title, p.time, p.headline);
  if (!p.trend.empty())
    out += p.trend + '\n';
  if (!p.advice.empty())
    out += p.advice + '\n';
  if (!p.line.empty())
    out += p.line + '\n';
  if (!p.levels.empty())
    append_rows(p.results, p.levels, out);
  if (!p.columns.empty()) {
    out += fmt::format("\n{}\n{}\n", p.chart, p.legend);
    const std::uint64_t most = most_mails(p);
    for (const column& c : p.columns) {
      if (c.mails == 0)
        continue;
      const std::uint64_t forged = scaled(c.forged, most, widest, 1);
      const std::uint64_t other = scaled(c.mails - c.forged, most, widest, 1);
      out += fmt::format("  {} ", c.label) + std::string(forged, '#');
      for (std::uint64_t i = 0; i < other; ++i) out += "▇";
      out += fmt::format(" {}", number(c.mails));
      out += c.forged > 0 ? fmt::format(", # {}\n", number(c.forged)) : "\n";
    }
  }
  for (const list& l : p.lists) {
    out += fmt::format("\n{}\n", l.heading);
    for (const auto& [name, mails] : l.names)
      out += fmt::format("  {}  {}\n", number(mails), name);
    if (!l.more.empty())
      out += fmt::format("  {}\n", l.more);
  }
  if (!p.checks.empty())
    append_rows(p.dkim, p.checks, out);
  out += '\n';
  for (const std::string& w : p.warnings) out += w + '\n';
  return out + p.zone + '\n';
}

namespace {

constexpr std::string_view table =
    "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" "
    "cellspacing=\"0\" style=\"width:100%;border-collapse:collapse;"
    "table-layout:{}\">\n";

/// An area of one colour. Outlook heeds the height of lines alone.
std::string block(std::uint64_t height, std::string_view colour) {
  if (height == 0)
    return {};
  return fmt::format(
      "<div style=\"height:{0}px;line-height:{0}px;font-size:1px;"
      "mso-line-height-rule:exactly;background-color:{1}\">&#160;</div>",
      height, colour);
}

std::string heading(std::string_view text, std::string_view aside) {
  return fmt::format(table, "auto") +
         fmt::format(
             "<tr><td style=\"padding:28px 12px 6px 0;font-weight:bold\">{}"
             "</td><td align=\"right\" style=\"padding:28px 0 6px;"
             "font-size:13px;color:{}\">{}</td></tr></table>\n",
             mime::escape_markup(text), grey, mime::escape_markup(aside));
}

std::string to_html(const std::vector<row>& rows) {
  std::string out = fmt::format(table, "auto");
  for (const row& r : rows) {
    const bool is_sum = r.colour.empty();
    out += fmt::format(
        "<tr><td width=\"18\" style=\"width:18px;border-top:{0}\">{1}</td>"
        "<td style=\"padding:6px 0;border-top:{0}{2}\">{3}</td>"
        "<td align=\"right\" style=\"padding:6px 0;border-top:{0};"
        "font-weight:bold\">{4}</td>",
        rule,
        is_sum ? ""
               : fmt::format("<div style=\"width:10px\">{}</div>",
                             block(10, r.colour)),
        is_sum ? ";font-weight:bold" : "", mime::escape_markup(r.label),
        number(r.mails));
    if (!r.change.empty()) {
      out += fmt::format(
          "<td align=\"right\" width=\"80\" style=\"width:80px;"
          "padding:6px 0;border-top:{};color:{}\">{}</td>",
          rule, grey, r.change);
    }
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

/// The shares of the levels, side by side.
std::string shares(const std::vector<row>& rows) {
  const std::uint64_t all = rows.back().mails;
  std::string out = fmt::format(table, "fixed") + "<tr>";
  for (const row& r : rows) {
    if (r.mails > 0 && !r.colour.empty()) {
      const std::uint64_t share = scaled(r.mails, all, 100, 1);
      out += fmt::format("<td width=\"{0}%\" style=\"width:{0}%\">{1}</td>",
                         share, block(10, r.colour));
    }
  }
  return out + "</tr></table>\n";
}

std::string chart(const page& p) {
  const std::uint64_t most = most_mails(p);
  std::string out = fmt::format(table, "fixed") + "<tr>\n";
  for (const column& c : p.columns) {
    const std::uint64_t forged = scaled(c.forged, most, tallest, 3);
    const std::uint64_t other = scaled(c.mails - c.forged, most, tallest, 2);
    out += fmt::format(
        "<td valign=\"bottom\" height=\"{}\" style=\"vertical-align:bottom;"
        "height:{}px;padding:0 1px;border-bottom:{}\">{}{}</td>\n",
        tallest, tallest, rule, block(other, grey), block(forged, red));
  }
  out += "</tr><tr>\n";
  for (std::size_t i = 0; i < p.columns.size(); i += p.label_every) {
    out += fmt::format(
        "<td colspan=\"{}\" {}style=\"padding:3px 1px;font-size:12px;"
        "color:{}\">{}</td>\n",
        std::min(p.label_every, p.columns.size() - i),
        p.label_every == 1 ? "align=\"center\" " : "", grey,
        mime::escape_markup(p.columns[i].label));
  }
  const auto sign = [](std::string_view colour, std::string_view text) {
    return fmt::format("<span style=\"color:{}\">&#9632;</span> {}", colour,
                       mime::escape_markup(text));
  };
  return out + "</tr></table>\n" +
         fmt::format(
             "<div style=\"font-size:13px;color:{}\">{} &#160; {}"
             "</div>\n",
             grey, sign(red, p.legend_forged), sign(grey, p.legend_other));
}

std::string to_html(const list& l) {
  std::string out = heading(l.heading, "") + fmt::format(table, "auto");
  const std::uint64_t most = l.names.front().second;
  for (const auto& [name, mails] : l.names) {
    out += fmt::format(
        "<tr><td width=\"100%\" style=\"padding:6px 12px 6px 0;border-top:{0};"
        "word-break:break-word;overflow-wrap:anywhere\">{1}"
        "<div style=\"width:{2}%\">{3}</div></td>"
        "<td align=\"right\" valign=\"top\" style=\"padding:6px 0;"
        "border-top:{0};font-weight:bold\">{4}</td></tr>\n",
        rule, mime::escape_markup(name), scaled(mails, most, 100, 1),
        block(3, red), number(mails));
  }
  if (!l.more.empty()) {
    out += fmt::format(
        "<tr><td colspan=\"2\" style=\"padding:6px 0;border-top:{};"
        "color:{}\">{}</td></tr>\n",
        rule, grey, mime::escape_markup(l.more));
  }
  return out + "</table>\n";
}

}  // namespace

std::string to_html(const page& p, language in) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\"><head>\n"
      "<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
      "<title>Mekiki</title></head>\n"
      "<body style=\"margin:0;padding:20px 16px;font-family:system-ui,"
      "-apple-system,'Segoe UI',Roboto,'Hiragino Sans','Noto Sans JP',"
      "Meiryo,sans-serif;font-size:15px;line-height:1.45\">\n"
      "<div style=\"max-width:560px;margin:0 auto\">\n"
      "<div style=\"font-size:13px;color:{}\">Mekiki · {}</div>\n"
      "<div style=\"font-size:17px\">{}</div>\n"
      "<div style=\"margin:16px 0 14px;padding:2px 0 2px 14px;"
      "border-left:4px solid {}\">\n"
      "<div style=\"font-size:24px;line-height:1.3;font-weight:bold;"
      "word-break:keep-all;overflow-wrap:anywhere\">{}"
      "</div>\n",
      in == language::japanese ? "ja" : "en", grey,
      mime::escape_markup(p.title), mime::escape_markup(p.time),
      p.is_alarming      ? red
      : p.is_blind       ? amber
      : p.levels.empty() ? grey
                         : green,
      mime::escape_markup(p.headline));
  if (!p.trend.empty())
    out += fmt::format("<div>{}</div>\n", mime::escape_markup(p.trend));
  out += "</div>\n";
  if (!p.advice.empty())
    out += fmt::format("<p style=\"margin:0 0 14px\">{}</p>\n",
                       mime::escape_markup(p.advice));
  if (!p.address.empty())
    out += fmt::format(
        "<p style=\"margin:0 0 18px\"><a href=\"{}\" "
        "style=\"color:{};font-weight:bold\">{}</a></p>\n",
        mime::escape_markup(p.address), blue, mime::escape_markup(p.see));
  if (!p.levels.empty()) {
    out += shares(p.levels) + heading(p.results, p.change) + to_html(p.levels);
  }
  if (!p.columns.empty())
    out += heading(p.chart, p.most) + chart(p);
  for (const list& l : p.lists) out += to_html(l);
  if (!p.checks.empty())
    out += heading(p.dkim, p.change) + to_html(p.checks);
  out += "<div style=\"padding-top:28px\">\n";
  for (const std::string& w : p.warnings)
    out += fmt::format("<div>{}</div>\n", mime::escape_markup(w));
  out += fmt::format("<div style=\"font-size:13px;color:{}\">{}</div>\n", grey,
                     mime::escape_markup(p.zone));
  return out + "</div></div></body></html>\n";
}

}  // namespace mekiki::notify::digests
