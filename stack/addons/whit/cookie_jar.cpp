// SPDX-License-Identifier: MIT
#include "whit/cookie_jar.h"

#include "whit/http_date.h"

namespace whit {

namespace {

constexpr int64_t kLongAgo = 1735689600;  // 2025: an Expires before is over, whatever Date says
constexpr int64_t kLongestAge = int64_t{1} << 40;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

Text trimmed(Text text) {
  while (!text.empty() && is_blank(text[0])) text = text.from(1);
  while (!text.empty() && is_blank(text[text.size - 1])) --text.size;
  return text;
}

// Takes what stands before `mark`, and the mark. `found`: whether it was there.
Text take_until(Text* text, char mark, bool* found) {
  size_t size = 0;
  while (size < text->size && (*text)[size] != mark) ++size;
  *found = size < text->size;
  const Text before = text->first(size);
  *text = text->from(*found ? size + 1 : size);
  return trimmed(before);
}

// RFC 6265, 5.2.2: of a number that is none, false.
bool read_max_age(Text text, int64_t* seconds) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text = text.from(1);
  if (text.empty()) return false;
  int64_t number = 0;
  for (size_t i = 0; i < text.size; ++i) {
    if (!is_digit(text[i])) return false;
    number = number * 10 + (text[i] - '0');
    if (number > kLongestAge) number = kLongestAge;
  }
  *seconds = negative ? 0 : number;
  return true;
}

bool has_dot(Text domain) {
  for (size_t i = 0; i < domain.size; ++i) {
    if (domain[i] == '.') return true;
  }
  return false;
}

// An IPv6 address, or an IPv4 address: its last part is a number.
bool is_address(Text host) {
  size_t size = host.size;
  while (size != 0 && is_digit(host[size - 1])) --size;
  return size == 0 || host[size - 1] == ']' || (size != host.size && host[size - 1] == '.');
}

// RFC 6265, 5.1.3
bool is_within(Text host, Text domain) {
  if (same_but_for_case(host, domain)) return true;
  if (host.size <= domain.size || domain.empty() || is_address(host)) return false;
  const size_t at = host.size - domain.size;
  return host[at - 1] == '.' && same_but_for_case(host.from(at), domain);
}

// RFC 6265, 5.1.4
bool is_below(Text path, Text cookie_path) {
  if (path.empty()) path = "/";
  if (path.size < cookie_path.size || path.first(cookie_path.size) != cookie_path) return false;
  return path.size == cookie_path.size || cookie_path[cookie_path.size - 1] == '/' || path[cookie_path.size] == '/';
}

Text default_path(Text path) {
  size_t size = path.size;
  while (size != 0 && path[size - 1] != '/') --size;
  return size > 1 ? path.first(size - 1) : Text("/");
}

}  // namespace

// RFC 6265, 5.2
struct CookieJar::SetCookie {
  Text parts[kParts];
  bool host_only = true;
  bool secure = false;
  bool has_age = false;
  bool has_date = false;
  int64_t age_s = 0;
  int64_t date_s = 0;

  bool read(Text text) {
    bool more = false;
    bool has_value = false;
    Text pair = take_until(&text, ';', &more);
    parts[kName] = take_until(&pair, '=', &has_value);
    parts[kValue] = trimmed(pair);
    while (more) {
      Text value = take_until(&text, ';', &more);
      bool found = false;
      const Text name = take_until(&value, '=', &found);
      read_attribute(name, trimmed(value));
    }
    return has_value && !parts[kName].empty();
  }
  void read_attribute(Text name, Text value) {
    if (same_but_for_case(name, "secure")) secure = true;
    if (same_but_for_case(name, "path")) parts[kPath] = value;
    if (same_but_for_case(name, "max-age")) has_age = read_max_age(value, &age_s) || has_age;
    if (same_but_for_case(name, "expires")) has_date = parse_http_date(value, &date_s) || has_date;
    if (!same_but_for_case(name, "domain") || value.empty()) return;
    parts[kDomain] = value[0] == '.' ? value.from(1) : value;
    host_only = false;
  }
};

void CookieJar::on_response_field(const ClientOptions& options, WebSocket socket, Text name, Text value) {
  if (!(socket == socket_)) {
    socket_ = socket;
    has_date_ = false;
    for (size_t i = 0; i < entry_count_; ++i) {  // of an answer without Date
      if (entries_[i].dated) entries_[i].expires_at = 0;
      entries_[i].dated = false;
    }
  }
  if (same_but_for_case(name, "date")) return on_date(value);
  if (!same_but_for_case(name, "set-cookie")) return;
  SetCookie cookie;
  if (cookie.read(value)) keep(cookie, split_reference(options.url));
}

// RFC 6265, 5.3
void CookieJar::keep(const SetCookie& given, const UrlReference& url) {
  SetCookie cookie = given;
  Text& domain = cookie.parts[kDomain];
  Text& path = cookie.parts[kPath];
  const Text host = url.host();
  if (cookie.host_only) domain = host;
  const bool too_wide = !has_dot(domain) && !same_but_for_case(host, domain);
  if (too_wide || !is_within(host, domain) || (cookie.secure && !url.is_secure())) return;
  if (path.empty() || path[0] != '/') path = default_path(url.path);

  Entry* entry = find(cookie);
  if (entry != nullptr && entry->secure && !url.is_secure()) return;
  const bool over = cookie.has_age ? cookie.age_s == 0 : cookie.has_date && cookie.date_s < kLongAgo;
  if (over) {
    if (entry != nullptr) entry->used = false;
    return;
  }
  size_t size = 0;
  for (const Text& each : cookie.parts) size += each.size;
  if (size > bytes_each_) {
    ++dropped_;
    return;
  }
  const uint32_t created = entry != nullptr ? entry->created : created_++;
  if (entry == nullptr) entry = place();
  *entry = {true, cookie.host_only, cookie.secure, false, {}, created, 0};
  char* out = bytes_ + static_cast<size_t>(entry - entries_) * bytes_each_;
  for (size_t i = 0; i < kParts; ++i) {
    const Text& each = cookie.parts[i];
    entry->sizes[i] = static_cast<uint16_t>(each.size);
    for (size_t at = 0; at < each.size; ++at) *out++ = each[at];
  }
  if (cookie.has_age) {
    set_expiry(entry, cookie.age_s);
  } else if (cookie.has_date && has_date_) {
    set_expiry(entry, cookie.date_s - date_s_);
  } else if (cookie.has_date) {
    entry->dated = true;
    entry->expires_at = cookie.date_s;
  }
}

// Date may come behind the cookies that need it.
void CookieJar::on_date(Text value) {
  if (has_date_ || !parse_http_date(value, &date_s_)) return;
  has_date_ = true;
  for (size_t i = 0; i < entry_count_; ++i) {
    Entry& entry = entries_[i];
    if (entry.used && entry.dated) set_expiry(&entry, entry.expires_at - date_s_);
  }
}

void CookieJar::set_expiry(Entry* entry, int64_t left_s) {
  entry->dated = false;
  entry->expires_at = clock_s_ + left_s;
  if (left_s <= 0) entry->used = false;
}

void CookieJar::poll(uint32_t now_ms) {
  if (polled_) {
    const uint32_t passed_ms = now_ms - polled_ms_;
    rest_ms_ += passed_ms % 1000;
    clock_s_ += passed_ms / 1000 + rest_ms_ / 1000;
    rest_ms_ %= 1000;
  }
  polled_ = true;
  polled_ms_ = now_ms;
  for (size_t i = 0; i < entry_count_; ++i) {
    Entry& entry = entries_[i];
    if (!entry.dated && entry.expires_at != 0 && clock_s_ >= entry.expires_at) entry.used = false;
  }
}

// RFC 6265, 5.4
void CookieJar::put(const ClientOptions& options, FieldWriter out, const Cookie* own, size_t own_count) const {
  const UrlReference url = split_reference(options.url);
  put_cookies(out, own, own_count);
  const Entry* last = nullptr;
  for (bool first = own_count == 0;; first = false) {
    const Entry* next = nullptr;
    for (size_t i = 0; i < entry_count_; ++i) {
      const Entry& entry = entries_[i];
      if (!belongs(entry, url) || (last != nullptr && !comes_before(*last, entry))) continue;
      if (next == nullptr || comes_before(entry, *next)) next = &entry;
    }
    if (next == nullptr) return;
    if (first) out.begin("Cookie");
    if (!first) out.add("; ");
    out.add(part(*next, kName));
    out.add("=");
    out.add(part(*next, kValue));
    last = next;
  }
}

Text CookieJar::part(const Entry& entry, Part which) const {
  const char* begin = bytes_ + static_cast<size_t>(&entry - entries_) * bytes_each_;
  for (size_t i = 0; i < which; ++i) begin += entry.sizes[i];
  return {begin, entry.sizes[which]};
}

bool CookieJar::belongs(const Entry& entry, const UrlReference& url) const {
  if (!entry.used || (entry.secure && !url.is_secure())) return false;
  const Text domain = part(entry, kDomain);
  const bool of_host = entry.host_only ? same_but_for_case(url.host(), domain) : is_within(url.host(), domain);
  return of_host && is_below(url.path, part(entry, kPath));
}

bool CookieJar::comes_before(const Entry& left, const Entry& right) const {
  if (left.sizes[kPath] != right.sizes[kPath]) return left.sizes[kPath] > right.sizes[kPath];
  return static_cast<int32_t>(left.created - right.created) < 0;
}

CookieJar::Entry* CookieJar::find(const SetCookie& cookie) {
  for (size_t i = 0; i < entry_count_; ++i) {
    Entry& entry = entries_[i];
    if (entry.used && part(entry, kName) == cookie.parts[kName] && part(entry, kPath) == cookie.parts[kPath] &&
        same_but_for_case(part(entry, kDomain), cookie.parts[kDomain])) {
      return &entry;
    }
  }
  return nullptr;
}

// A free entry, or that of the oldest cookie.
CookieJar::Entry* CookieJar::place() {
  Entry* oldest = entries_;
  for (size_t i = 0; i < entry_count_; ++i) {
    Entry& entry = entries_[i];
    if (!entry.used) return &entry;
    if (static_cast<int32_t>(entry.created - oldest->created) < 0) oldest = &entry;
  }
  ++dropped_;
  return oldest;
}

void CookieJar::clear() {
  for (size_t i = 0; i < entry_count_; ++i) entries_[i].used = false;
}

size_t CookieJar::count() const {
  size_t used = 0;
  for (size_t i = 0; i < entry_count_; ++i) used += entries_[i].used ? 1 : 0;
  return used;
}

}  // namespace whit
