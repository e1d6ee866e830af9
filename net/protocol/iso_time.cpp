#include "net/protocol/iso_time.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace pushmesh::net {
namespace {

constexpr double latest = 8.64e15;
constexpr std::int64_t day = 86'400'000;

struct civil_date {
  std::int64_t year;
  unsigned month, day;
};

/// Proleptic Gregorian date of a day number, 0 being 1970-01-01. Counts in eras of 400 years that
/// begin on a 1st of March, so that the leap day is the last of its year.
civil_date date_of(std::int64_t days) {
  constexpr std::int64_t days_per_era = 146'097;
  days += 719'468;  // from 0000-03-01
  const auto era = (days >= 0 ? days : days - days_per_era + 1) / days_per_era;
  const auto of_era = days - era * days_per_era;
  const auto year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const auto of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_from_march = (5 * of_year + 2) / 153;
  const auto month =
      static_cast<unsigned>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<unsigned>(of_year - (153 * month_from_march + 2) / 5 + 1)};
}

}  // namespace

std::string iso_time(double milliseconds) {
  if (!(std::fabs(milliseconds) <= latest)) return {};
  const auto ms = static_cast<std::int64_t>(std::trunc(milliseconds));
  const auto days = (ms >= 0 ? ms : ms - day + 1) / day;
  const auto of_day = static_cast<int>(ms - days * day);
  const auto [year, month, day_of_month] = date_of(days);
  const auto plain = year >= 0 && year <= 9999;
  char text[40];
  const auto size = std::snprintf(
      text, sizeof text,
      plain ? "%04lld-%02u-%02uT%02d:%02d:%02d.%03dZ" : "%+07lld-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<long long>(year), month, day_of_month, of_day / 3'600'000, of_day / 60'000 % 60,
      of_day / 1000 % 60, of_day % 1000);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace pushmesh::net
