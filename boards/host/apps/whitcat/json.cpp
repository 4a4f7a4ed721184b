// SPDX-License-Identifier: MIT
#include "json.h"

#include <stdio.h>
#include <time.h>

namespace whitcat {

JsonLine::JsonLine(std::string_view event) : line_("{") {
  struct timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  text("event", event);
  decimal("time", static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec / 1000000) / 1000);
}

void JsonLine::put_name(const char* name) {
  if (line_.size() > 1) line_ += ',';
  line_ += '"';
  line_ += name;
  line_ += "\":";
}

// RFC 8259, 7
JsonLine& JsonLine::text(const char* name, std::string_view value) {
  put_name(name);
  line_ += '"';
  for (size_t i = 0; i < value.size(); ++i) {
    const auto byte = static_cast<uint8_t>(value[i]);
    // U+0080 to U+009F control terminals, too.
    const bool of_two = byte == 0xC2 && i + 1 < value.size() && static_cast<uint8_t>(value[i + 1]) < 0xA0;
    char code[8];
    if (byte == '"' || byte == '\\') {
      line_ += '\\';
      line_ += value[i];
    } else if (byte < ' ' || byte == 0x7F || of_two) {
      snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(of_two ? static_cast<uint8_t>(value[++i]) : byte));
      line_ += code;
    } else {
      line_ += value[i];
    }
  }
  line_ += '"';
  return *this;
}

JsonLine& JsonLine::base64(const char* name, std::string_view bytes) {
  put_name(name);
  line_ += '"' + to_base64(bytes) + '"';
  return *this;
}

JsonLine& JsonLine::number(const char* name, uint64_t value) {
  put_name(name);
  line_ += std::to_string(value);
  return *this;
}

JsonLine& JsonLine::decimal(const char* name, double value) {
  char digits[40];
  snprintf(digits, sizeof digits, "%.3f", value);
  put_name(name);
  line_ += digits;
  return *this;
}

JsonLine& JsonLine::boolean(const char* name, bool value) {
  put_name(name);
  line_ += value ? "true" : "false";
  return *this;
}

// RFC 4648, 4
std::string to_base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

}  // namespace whitcat
