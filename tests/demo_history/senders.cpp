#include "demo_history/senders.hpp"

#include <array>
#include <cstddef>

namespace mekiki::demo {
namespace {

using enum demo_topic;
using enum demo_way;

constexpr demo_sender senders[] = {
    {"aozora-card.example", "あおぞらカード", "card", bank, true, 9, signs,
     "reject"},
    {"riverside-bank.example", "Riverside Bank", "notice", bank, false, 7,
     signs, "reject"},
    {"koala-insurance.example", "こあら保険", "info", bank, true, 3, signs,
     "quarantine"},
    {"minato-denki.example", "みなと電機", "order", shop, true, 8, signs,
     "none"},
    {"sakura-shobo.example", "さくら書房", "shop", shop, true, 6, signs},
    {"mikan-foods.example", "みかん食品", "news", shop, true, 5, signs, "none"},
    {"green-grocer.example", "Green Grocer", "orders", shop, false, 6, signs,
     "quarantine"},
    {"paper-crane.example", "Paper Crane Stationery", "hello", shop, false, 4,
     signs, "", 9},
    {"takarabune.example.jp", "たからぶね通販", "mag", shop, true, 6, service},
    {"tea-garden.example", "Tea Garden", "news", shop, false, 4, service},
    {"coupon-rain.test", "Coupon Rain", "deals", shop, false, 4, signs},
    {"print-works.example", "Print Works", "jobs", shop, false, 4, signs, "", 0,
     24, true},
    {"tsubame-travel.example", "つばめトラベル", "yoyaku", travel, true, 4,
     signs, "reject"},
    {"north-airways.example", "North Airways", "booking", travel, false, 4,
     signs, "reject"},
    {"momiji-ryokan.example", "もみじ旅館", "front", travel, true, 2, by_spf},
    {"noriba-bus.example", "のりばバス", "ticket", travel, true, 3, signs, "",
     21},
    {"harbour-ferry.example", "Harbour Ferry", "tickets", travel, false, 2,
     signs, "none", 33},
    {"wasabi-tsushin.example", "わさび通信", "mag", news, true, 8, signs,
     "none"},
    {"open-weekly.example", "Open Weekly", "editor", news, false, 6, signs,
     "none"},
    {"weather-desk.example", "Weather Desk", "daily", news, false, 9, signs},
    {"museum-hall.example", "Museum Hall", "events", news, false, 3, by_spf,
     "none"},
    {"kouhou.example.jp", "市の広報", "kouhou", news, true, 4, bare},
    {"job-board.example", "Job Board", "alerts", news, false, 4, service},
    {"cinema-lumen.example", "Cinema Lumen", "program", news, false, 3, signs,
     "quarantine", 26},
    {"build-bot.test", "Build Bot", "builds", work, false, 18, signs},
    {"issue-tracker.test", "Issue Tracker", "issues", work, false, 15, signs,
     "none"},
    {"kumo-backup.example", "くもバックアップ", "report", work, true, 7, signs,
     "reject"},
    {"hikari-power.example", "ひかり電力", "invoice", work, true, 4, signs,
     "quarantine", 0, 31},
    {"tanuki-net.example", "たぬきネット", "support", work, true, 4, signs,
     "none"},
    {"parcel-desk.example", "Parcel Desk", "tracking", work, false, 8, signs,
     "reject"},
    {"photo-cloud.example", "Photo Cloud", "albums", work, false, 3, signs,
     "reject", 39},
    {"old-scanner.test", "Old Scanner", "scan", work, false, 5, bare},
    {"ledger-tools.example", "Ledger Tools", "billing", work, false, 3, signs,
     "reject", 14},
    {"komorebi-clinic.example", "こもれび医院", "uketsuke", people, true, 2,
     bare},
    {"hidamari-school.example.jp", "ひだまり小学校", "renraku", people, true, 3,
     by_spf},
    {"yamabiko-club.example", "やまびこ山の会", "kai", people, true, 7, halves},
    {"gym-atlas.example", "Gym Atlas", "classes", people, false, 3, signs, "",
     17},
    {"maple.example", "Maple", "maple", people, false, 6, signs},
    {"alder.example", "Alder", "alder", people, false, 3, list},
    {"birch.example", "Birch", "birch", people, false, 3, list},
    {"cedar.example", "Cedar", "cedar", people, false, 2, list, "none"},
    {"sumire.example.jp", "すみれ", "sumire", people, true, 4, signs},
};

using subjects = std::array<std::string_view, 5>;

// By topic: English, Japanese.
constexpr std::array<std::array<subjects, 2>, 6> all_subjects = {{
    {{{"Your order is on its way", "Thank you for your order", "New this week",
       "Ten percent off until Sunday", "Your receipt"},
      {"ご注文を承りました", "商品を発送しました", "今週の新着のご案内",
       "週末限定の割引のお知らせ", "領収書をお送りします"}}},
    {{{"Your statement is ready", "A payment was made", "A transfer came in",
       "Opening hours during the holidays", "Your monthly summary"},
      {"ご利用明細ができました", "お支払いのお知らせ", "ご入金のお知らせ",
       "休業日のご案内", "今月のまとめ"}}},
    {{{"Your booking is confirmed", "Your trip begins in three days",
       "The timetable has changed", "How was your journey?",
       "Ideas for a weekend away"},
      {"ご予約を承りました", "ご出発は三日後です", "時刻表が変わりました",
       "ご旅行はいかがでしたか", "週末の旅のご案内"}}},
    {{{"This week in short", "Five things worth reading", "Today's forecast",
       "What is on this month", "Readers write"},
      {"今週のまとめ", "読んでおきたい五つの話題", "明日のお天気", "今月の催し",
       "読者のページ"}}},
    {{{"Build 4127 passed", "A comment on your issue", "Backup finished",
       "Your parcel arrives tomorrow", "Invoice for this month"},
      {"バックアップが完了しました", "今月の請求額のお知らせ",
       "保守作業のお知らせ", "ご契約内容の確認", "お問い合わせへの回答"}}},
    {{{"Saturday?", "Photos from the hike", "Re: the meeting on Tuesday",
       "Minutes of the last meeting", "Which one would you take?"},
      {"土曜日の集合時間", "先日の写真です", "Re: 火曜日の打ち合わせ",
       "次回の予定について", "おすすめはありますか"}}},
}};

}  // namespace

std::span<const demo_sender> demo_senders() { return senders; }

std::span<const std::string_view> demo_subjects(demo_topic about,
                                                bool japanese) {
  return all_subjects.at(static_cast<std::size_t>(about)).at(japanese ? 1 : 0);
}

}  // namespace mekiki::demo
