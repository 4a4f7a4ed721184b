// SPDX-License-Identifier: MIT
// A plugin for QEMU's translator that counts the guest's instructions by address range, between two functions of the
// guest that mark what is measured. Arguments: ranges=FILE (lines "begin end" in hexadecimal, ascending; the first two
// are the marks) and out=FILE (a line "measurement range instructions" for each that is not zero).
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/qemu_plugin.h"

enum { kMaxRanges = 1 << 14 };

typedef struct {
  uint64_t begin;
  uint64_t end;
} Range;

EXPORTED int qemu_plugin_version = 1;
static Range ranges[kMaxRanges];
static size_t range_count;
static uint64_t mark_begin, mark_end;
static uint64_t counts[kMaxRanges];
static uint64_t counts_before[kMaxRanges];
static unsigned measurement;
static FILE* out;

static void on_begin(unsigned cpu, void* nothing) {
  (void)cpu;
  (void)nothing;
  memcpy(counts_before, counts, sizeof counts);
}

static void on_end(unsigned cpu, void* nothing) {
  (void)cpu;
  (void)nothing;
  for (size_t i = 0; i < range_count; ++i) {
    const uint64_t count = counts[i] - counts_before[i];
    if (count != 0) fprintf(out, "%u %zu %llu\n", measurement, i, (unsigned long long)count);
  }
  ++measurement;
}

static size_t range_of(uint64_t address) {
  size_t low = 0;
  size_t high = range_count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (ranges[middle].end <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < range_count && ranges[low].begin <= address ? low : range_count;
}

static void on_translation(PluginId id, Block* block) {
  (void)id;
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
    Instruction* const instruction = qemu_plugin_tb_get_insn(block, i);
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    const size_t range = range_of(address);
    if (range != range_count) {
      qemu_plugin_register_vcpu_insn_exec_inline(instruction, kInlineAdd, &counts[range], 1);
    }
    if (address == mark_begin) qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_begin, kNoRegisters, NULL);
    if (address == mark_end) qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_end, kNoRegisters, NULL);
  }
}

static void on_exit_of_qemu(PluginId id, void* nothing) {
  (void)id;
  (void)nothing;
  fclose(out);
}

static bool read_ranges(const char* path) {
  FILE* const file = fopen(path, "r");
  unsigned long long begin = 0;
  unsigned long long end = 0;
  if (file == NULL || fscanf(file, "%llx %llx", &begin, &end) != 2) return false;
  mark_begin = begin;
  mark_end = end;
  while (range_count < kMaxRanges && fscanf(file, "%llx %llx", &begin, &end) == 2) {
    ranges[range_count++] = (Range){begin, end};
  }
  fclose(file);
  return range_count != 0;
}

EXPORTED int qemu_plugin_install(PluginId id, const SystemInfo* info, int count, char** arguments) {
  (void)info;
  for (int i = 0; i < count; ++i) {
    if (strncmp(arguments[i], "ranges=", 7) == 0 && !read_ranges(arguments[i] + 7)) return 1;
    if (strncmp(arguments[i], "out=", 4) == 0) out = fopen(arguments[i] + 4, "w");
  }
  if (out == NULL || range_count == 0) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
  return 0;
}
