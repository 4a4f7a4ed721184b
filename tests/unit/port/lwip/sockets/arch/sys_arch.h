/* SPDX-License-Identifier: MIT */
#pragma once
typedef int sys_sem_t;
typedef int sys_mutex_t;
typedef int sys_mbox_t;
typedef int sys_thread_t;
typedef int sys_prot_t;
