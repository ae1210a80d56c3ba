/* The two forms of a date that a signed request may carry, by the proleptic Gregorian calendar, in UTC. */
#include "auth/auth_priv.h"

#include <stdio.h>

struct civil {
    unsigned year, month, day, hour, minute, second;
};

static bool read_digits(const char *text, size_t count, unsigned *number_out)
{
    unsigned number = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        number = number * 10 + digit;
    }
    *number_out = number;
    return true;
}

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool is_valid(const struct civil *c)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (c->month < 1 || c->month > 12 || c->hour > 23 || c->minute > 59 || c->second > 60)
        return false;
    return c->day >= 1 && c->day <= days[c->month - 1] + (unsigned)(c->month == 2 && is_leap(c->year));
}

/* Days since 1970-01-01. Years begin in March here, so that the leap day is a year's last. */
static int64_t days_of(const struct civil *c)
{
    int64_t year = (int64_t)c->year - (c->month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * ((int64_t)c->month + (c->month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)c->day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool to_ms(const struct civil *c, int64_t *ms_out)
{
    if (!is_valid(c))
        return false;
    *ms_out = (((days_of(c) * 24 + c->hour) * 60 + c->minute) * 60 + c->second) * 1000;
    return true;
}

bool date_parse_iso(struct slice text, int64_t *ms_out)
{
    struct civil c;
    const char *t = text.data;
    return text.size == ISO_DATE_BYTES && t[8] == 'T' && t[15] == 'Z' && read_digits(t, 4, &c.year) &&
           read_digits(t + 4, 2, &c.month) && read_digits(t + 6, 2, &c.day) &&
           read_digits(t + 9, 2, &c.hour) && read_digits(t + 11, 2, &c.minute) &&
           read_digits(t + 13, 2, &c.second) && to_ms(&c, ms_out);
}

bool date_parse_http(struct slice text, int64_t *ms_out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil c = {0};
    const char *t = text.data;
    if (text.size != 29 || memcmp(t + 3, ", ", 2) != 0 || t[7] != ' ' || t[11] != ' ' || t[16] != ' ' ||
        t[19] != ':' || t[22] != ':' || memcmp(t + 25, " GMT", 4) != 0)
        return false;
    for (unsigned month = 0; month < 12; month++)
        if (memcmp(t + 8, months + (size_t)month * 3, 3) == 0)
            c.month = month + 1;
    return read_digits(t + 5, 2, &c.day) && read_digits(t + 12, 4, &c.year) &&
           read_digits(t + 17, 2, &c.hour) && read_digits(t + 20, 2, &c.minute) &&
           read_digits(t + 23, 2, &c.second) && to_ms(&c, ms_out);
}

static struct civil civil_of(int64_t ms)
{
    int64_t seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
    int64_t days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400;
    int64_t rest = seconds - days * 86400;
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* from March */
    return (struct civil){
        .year = (unsigned)(year_of_era + era * 400 + (month >= 10)),
        .month = (unsigned)(month < 10 ? month + 3 : month - 9),
        .day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1),
        .hour = (unsigned)(rest / 3600),
        .minute = (unsigned)(rest / 60 % 60),
        .second = (unsigned)(rest % 60),
    };
}

void date_format_iso(int64_t ms, char out[static ISO_DATE_BYTES + 1])
{
    struct civil c = civil_of(ms);
    char text[80];
    snprintf(text, sizeof text, "%04u%02u%02uT%02u%02u%02uZ", c.year, c.month, c.day, c.hour, c.minute,
             c.second);
    memcpy(out, text, ISO_DATE_BYTES);
    out[ISO_DATE_BYTES] = '\0';
}
