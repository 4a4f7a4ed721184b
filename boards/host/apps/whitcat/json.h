// SPDX-License-Identifier: MIT
// One object of JSON in one line.
#pragma once

#include <stdint.h>

#include <string>
#include <string_view>

namespace whitcat {

class JsonLine {
 public:
  explicit JsonLine(std::string_view event);  // with the time, in seconds since 1970

  JsonLine& text(const char* name, std::string_view value);  // UTF-8
  JsonLine& base64(const char* name, std::string_view bytes);
  JsonLine& number(const char* name, uint64_t value);
  JsonLine& decimal(const char* name, double value);
  JsonLine& boolean(const char* name, bool value);

  std::string end() const { return line_ + "}\n"; }

 private:
  void put_name(const char* name);

  std::string line_;
};

std::string to_base64(std::string_view bytes);

}  // namespace whitcat
