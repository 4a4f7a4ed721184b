// SPDX-License-Identifier: MIT
// board.h for applications in C: what these two call of it.
#ifndef BOARD_OF_C_H
#define BOARD_OF_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whit.h"

#ifdef __cplusplus
extern "C" {
#endif

// board::server_network() and board::network(): a program calls one of the two.
whit_network* board_of_c_server_network(void);
whit_network* board_of_c_network(void);

uint32_t board_of_c_now_ms(void);
uint32_t board_of_c_wait(uint32_t timeout_ms);
void board_of_c_print(const char* text);
void board_of_c_print_number(uint32_t number);
void board_of_c_exit(int code);

// An argument that an application understands; board::Argument has the words.
enum { BOARD_OF_C_TEXT, BOARD_OF_C_NUMBER, BOARD_OF_C_FLAG };
typedef struct board_of_c_argument {
  const char* name;
  const char* help;
  const char* fallback;
  uint8_t kind;
  bool positional;
  uint32_t least;
  uint32_t most;
} board_of_c_argument;
void board_of_c_declare(const char* description, const board_of_c_argument* table, size_t count);
bool board_of_c_text(const char* name, char* value, size_t size);
uint32_t board_of_c_number(const char* name);

#ifdef __cplusplus
}
#endif

#endif  // BOARD_OF_C_H
