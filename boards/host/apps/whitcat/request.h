// SPDX-License-Identifier: MIT
// The request that opens a connection, as the command line describes it.
#pragma once

#include <string>
#include <vector>

#include "options.h"
#include "whit/field_writer.h"
#include "whit/options.h"

namespace whitcat {

// The options of Whit's client, and all that they point to. Those of the command line must stay.
class Request {
 public:
  explicit Request(const Options& options);
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  whit::ClientOptions& options() { return options_; }

 private:
  // For the function that writes the fields.
  struct Written : whit::ClientOptions {
    const Options* command_line = nullptr;
  };
  static void write_fields(const whit::ClientOptions& options, whit::FieldWriter out);

  std::vector<whit::Text> protocols_;
  Written options_;
};

// Deadlines and pings, for both roles.
void set_times(const Options& options, whit::ConnectionOptions* out);

// A string as Whit sees it, valid as long as the string is.
inline whit::Text as_text(const std::string& text) { return {text.data(), text.size()}; }

}  // namespace whitcat
