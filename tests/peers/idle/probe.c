// SPDX-License-Identifier: MIT
// A plugin for QEMU's translator (plugin API, version 1) that counts the guest's instructions and, on request, holds
// the CPU in front of one of them. It talks to tests/peers/test_idle.py through a file that both have mapped into their memory.
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "support/qemu_plugin.h"

// The memory that the test sees: words of 64 bits in this order.
enum { kTraceSize = 1 << 16 };
enum { kNothing, kArmed, kHeld, kReleased };
typedef struct {
  uint64_t instructions;           // executed since the start
  atomic_ulong idles;              // number of times that the CPU went to sleep
  atomic_ulong state;              // armed and released by the test, held by us
  uint64_t hold_address;           // address at which to hold the CPU
  uint64_t hold_hits;              // number of the passage at which to hold
  uint64_t instructions_released;  // count when the CPU was released,
  uint64_t instructions_asleep;    // count when it went to sleep after that; 0: not yet
  atomic_ulong tracing;            // while set, addresses go into the trace
  uint64_t traced;
  uint64_t trace[kTraceSize];
} Shared;

EXPORTED int qemu_plugin_version = 1;
static Shared* shared;
static bool stepping;

static void hold(void) {
  const struct timespec moment = {0, 50000};
  atomic_store(&shared->state, kHeld);
  while (atomic_load(&shared->state) == kHeld) nanosleep(&moment, NULL);
  shared->instructions_asleep = 0;
  shared->instructions_released = shared->instructions;
}

static void on_instruction(unsigned cpu, void* address) {
  (void)cpu;
  if (atomic_load_explicit(&shared->tracing, memory_order_relaxed) && shared->traced < kTraceSize) {
    shared->trace[shared->traced++] = (uintptr_t)address;
  }
  if (atomic_load_explicit(&shared->state, memory_order_acquire) != kArmed) return;
  if (shared->hold_address == (uintptr_t)address && --shared->hold_hits == 0) hold();
}

static void on_idle(PluginId id, unsigned cpu) {
  (void)id;
  (void)cpu;
  if (atomic_load(&shared->state) == kReleased) {
    shared->instructions_asleep = shared->instructions;
    atomic_store(&shared->state, kNothing);
  }
  atomic_fetch_add(&shared->idles, 1);
}

static void on_translation(PluginId id, Block* block) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < count; ++i) {
    Instruction* const instruction = qemu_plugin_tb_get_insn(block, i);
    // One by one and not per block: QEMU leaves blocks in their middle, and goes through parts of them again.
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, kInlineAdd, &shared->instructions, 1);
    if (!stepping) continue;
    void* const address = (void*)(uintptr_t)qemu_plugin_insn_vaddr(instruction);
    qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_instruction, kNoRegisters, address);
  }
}

// Arguments: shared=PATH, of the size of Shared and all zero; step=on, if the test will hold or trace.
EXPORTED int qemu_plugin_install(PluginId id, const SystemInfo* info, int count, char** arguments) {
  (void)info;
  int file = -1;
  for (int i = 0; i < count; ++i) {
    if (strncmp(arguments[i], "shared=", 7) == 0) file = open(arguments[i] + 7, O_RDWR);
    if (strncmp(arguments[i], "step=on", 7) == 0) stepping = true;
  }
  void* const memory = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file < 0 || memory == MAP_FAILED) {
    perror("tests/peers/idle/probe.c: shared=");
    return 1;
  }
  shared = memory;
  close(file);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_vcpu_idle_cb(id, on_idle);
  return 0;
}
