/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct async_context async_context_t;

typedef struct async_when_pending_worker {
  struct async_when_pending_worker* next;
  void (*do_work)(async_context_t* context, struct async_when_pending_worker* worker);
  bool work_pending;
  void* user_data;
} async_when_pending_worker_t;

struct async_context {
  uint8_t core_num;
};

#ifdef __cplusplus
extern "C" {
#endif

bool async_context_add_when_pending_worker(async_context_t* context, async_when_pending_worker_t* worker);
bool async_context_remove_when_pending_worker(async_context_t* context, async_when_pending_worker_t* worker);
void async_context_set_work_pending(async_context_t* context, async_when_pending_worker_t* worker);

#ifdef __cplusplus
}
#endif
