// SPDX-License-Identifier: MIT
// A plugin for QEMU's translator that counts the guest's instructions by function, between marks in the guest
// (measure.h). Instructions of helpers (copies, the C library) are counted apart for each function that calls them.
// Arguments:
//   ranges=FILE  the marks' three addresses, then a line "begin end is_helper" for each function, ascending; addresses
//                in hexadecimal
//   out=FILE     a line "measurement caller function instructions" for each number that is not zero. Functions are
//                numbered by their lines, and one that is no helper is its own caller.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/qemu_plugin.h"

enum { kMaxRanges = 1 << 12, kMaxHelpers = 1 << 7, kMarks = 3 };

typedef struct {
  uint64_t begin;
  uint64_t end;
  unsigned helper;  // 0: it is none
} Range;

EXPORTED int qemu_plugin_version = 1;
static Range ranges[kMaxRanges];
static size_t range_count;
static size_t range_of_helper[kMaxHelpers];
static unsigned helper_count;
static uint64_t marks[kMarks];
static uint64_t counts[kMaxHelpers][kMaxRanges];  // by helper and caller; [0]: by function
static size_t caller;                             // the last function that is no helper
static bool counting;
static unsigned measurement;
static FILE* out;

static void on_instruction(unsigned cpu, void* range) {
  (void)cpu;
  const Range* const executed = range;
  if (executed->helper == 0) caller = (size_t)(executed - ranges);
  if (counting) ++counts[executed->helper][caller];
}

static void on_begin(unsigned cpu, void* nothing) {
  (void)cpu;
  (void)nothing;
  counting = true;
}

static void on_end(unsigned cpu, void* nothing) {
  (void)cpu;
  (void)nothing;
  counting = false;
}

static void on_done(unsigned cpu, void* nothing) {
  (void)cpu;
  (void)nothing;
  for (unsigned helper = 0; helper <= helper_count; ++helper) {
    for (size_t i = 0; i < range_count; ++i) {
      if (counts[helper][i] == 0) continue;
      const size_t function = helper == 0 ? i : range_of_helper[helper];
      fprintf(out, "%u %zu %zu %llu\n", measurement, i, function, (unsigned long long)counts[helper][i]);
    }
  }
  memset(counts, 0, sizeof counts);
  ++measurement;
}

static Range* range_at(uint64_t address) {
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
  return low < range_count && ranges[low].begin <= address ? &ranges[low] : NULL;
}

static void on_translation(PluginId id, Block* block) {
  static void (*const kActions[kMarks])(unsigned, void*) = {on_begin, on_end, on_done};
  (void)id;
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
    Instruction* const instruction = qemu_plugin_tb_get_insn(block, i);
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    Range* const range = range_at(address);
    if (range != NULL) qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_instruction, kNoRegisters, range);
    for (int mark = 0; mark < kMarks; ++mark) {
      if (address != marks[mark]) continue;
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, kActions[mark], kNoRegisters, NULL);
    }
  }
}

static void on_exit_of_qemu(PluginId id, void* nothing) {
  (void)id;
  (void)nothing;
  fclose(out);
}

static bool add_range(uint64_t begin, uint64_t end, bool is_helper) {
  if (range_count == kMaxRanges || helper_count + is_helper == kMaxHelpers) return false;
  if (is_helper) range_of_helper[++helper_count] = range_count;
  ranges[range_count++] = (Range){begin, end, is_helper ? helper_count : 0};
  return true;
}

static bool read_ranges(const char* path) {
  FILE* const file = fopen(path, "r");
  unsigned long long begin, end;
  int is_helper;
  if (file == NULL) return false;
  for (int mark = 0; mark < kMarks; ++mark) {
    if (fscanf(file, "%llx", &begin) != 1) return false;
    marks[mark] = begin;
  }
  while (fscanf(file, "%llx %llx %d", &begin, &end, &is_helper) == 3) {
    if (!add_range(begin, end, is_helper != 0)) return false;
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
