// SPDX-License-Identifier: MIT
#include "secure.h"

namespace app {

void declare_arguments(const char* description, const board::Argument* table, size_t count, Role) {
  board::declare_arguments(description, table, count);
}

whit::Network& server_network(const char*) { return board::server_network(); }

whit::Network& client_network(const char*) { return board::network(); }

bool secure_server() { return false; }

void secure_client() {}

void report_refusals() {}

const char* cause_text(const whit::Cause&) { return nullptr; }

SecureMemory secure_memory() { return {}; }

void report_open() {}

}  // namespace app
