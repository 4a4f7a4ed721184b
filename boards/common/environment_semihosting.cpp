// SPDX-License-Identifier: MIT
// Semihosting (ARM's "Semihosting for AArch32 and AArch64", which RISC-V has taken over): an instruction asks the
// debugger, here QEMU started with -semihosting-config enable=on,target=native. Without a debugger it is a fault, so a
// product leaves it out.
#include "environment.h"

#include <stdint.h>
#include <string.h>

#include "semihosting.h"

namespace board {
namespace {

constexpr uint32_t kSysGetCommandLine = 0x15;
constexpr uint32_t kSysExitExtended = 0x20;  // plain SYS_EXIT (0x18) carries no code on a 32-bit CPU
constexpr uint32_t kReasonApplicationExit = 0x20026;

}  // namespace

void leave(int code) {
  struct {
    uint32_t reason;
    int32_t code;
  } block = {kReasonApplicationExit, code};
  finish_sending();
  while (true) semihosting_call(kSysExitExtended, &block);
}

void leave_after_failure(int code) { leave(code); }

bool command_line(char* text, size_t size) {
  struct {
    char* text;
    size_t size;
  } block = {text, size};
  if (semihosting_call(kSysGetCommandLine, &block) != 0) return false;
  return memchr(text, '\0', size) != nullptr;
}

}  // namespace board
