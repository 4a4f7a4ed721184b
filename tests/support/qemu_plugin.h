// SPDX-License-Identifier: MIT
// The few functions of QEMU's plugin API (version 1) that the tests use, because no Debian package has QEMU's header.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t PluginId;
typedef struct Block Block;
typedef struct Instruction Instruction;
typedef struct SystemInfo SystemInfo;

enum { kInlineAdd = 0, kNoRegisters = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(PluginId, void (*)(PluginId, Block*));
extern void qemu_plugin_register_vcpu_idle_cb(PluginId, void (*)(PluginId, unsigned));
extern void qemu_plugin_register_vcpu_insn_exec_inline(Instruction*, int operation, void* counter, uint64_t value);
extern void qemu_plugin_register_vcpu_insn_exec_cb(Instruction*, void (*)(unsigned, void*), int registers, void*);
extern void qemu_plugin_register_atexit_cb(PluginId, void (*)(PluginId, void*), void*);
extern size_t qemu_plugin_tb_n_insns(const Block*);
extern Instruction* qemu_plugin_tb_get_insn(const Block*, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const Instruction*);
