// SPDX-License-Identifier: MIT
#include "board_of_c.h"

#include "board.h"
#include "whit_cpp.h"

static_assert(sizeof(board_of_c_argument) == sizeof(board::Argument) &&
                  offsetof(board_of_c_argument, kind) == offsetof(board::Argument, kind) &&
                  offsetof(board_of_c_argument, positional) == offsetof(board::Argument, positional) &&
                  offsetof(board_of_c_argument, most) == offsetof(board::Argument, most) &&
                  int{BOARD_OF_C_FLAG} == int{board::Argument::kFlag},
              "board_of_c_argument is board::Argument");

whit_network* board_of_c_server_network() { return whit::to_c(board::server_network()); }
whit_network* board_of_c_network() { return whit::to_c(board::network()); }

uint32_t board_of_c_now_ms() { return board::now_ms(); }
uint32_t board_of_c_wait(uint32_t timeout_ms) { return board::wait(timeout_ms); }
void board_of_c_print(const char* text) { board::print(text); }
void board_of_c_print_number(uint32_t number) { board::print_number(number); }
void board_of_c_exit(int code) { board::exit(code); }

void board_of_c_declare(const char* description, const board_of_c_argument* table, size_t count) {
  board::declare_arguments(description, reinterpret_cast<const board::Argument*>(table), count);
}
bool board_of_c_text(const char* name, char* value, size_t size) { return board::argument(name, value, size); }
uint32_t board_of_c_number(const char* name) { return board::argument_number(name); }
