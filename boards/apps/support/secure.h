// SPDX-License-Identifier: MIT
// TLS for the applications: its arguments, its configuration, its messages. secure_tls.cpp has it, secure_none.cpp is
// for builds without (WHIT_TLS off), in which nothing of it is linked; CMake chooses.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "whit/event.h"
#include "whit/network.h"

namespace app {

enum class Role : uint8_t { kServer, kClient };

// board::declare_arguments() with the arguments of TLS added.
void declare_arguments(const char* description, const board::Argument* table, size_t count, Role role);
template <size_t kCount>
void declare_arguments(const char* description, const board::Argument (&table)[kCount], Role role) {
  declare_arguments(description, table, kCount, role);
}

// The board's network for a role, with TLS over it. `program`: its name in messages.
whit::Network& server_network(const char* program);
whit::Network& client_network(const char* program);

// Configures TLS as the arguments say; with wrong ones the program ends with a line that says why.
bool secure_server();  // whether wss is asked for
void secure_client();

// One line for the handshakes that a server has refused since the last call: how many, and the cause of the last.
void report_refusals();

// The text of a cause of TLS; nullptr: it is none, or TLS is not built in.
const char* cause_text(const whit::Cause& cause);

// The memory of TLS in bytes: in use, the most that ever was, and all of it. 0: TLS is not built in.
struct SecureMemory {
  uint32_t used = 0;
  uint32_t peak = 0;
  uint32_t size = 0;
};
SecureMemory secure_memory();

// One line about the connection that is open now: whether its session was resumed.
void report_open();

}  // namespace app
