// SPDX-License-Identifier: Apache-2.0
// prctl takes a variable number of arguments, which Swift cannot call.
#include <sys/prctl.h>

// From now on no program that this one starts gains rights: no set-user-id, no file capabilities.
static inline int ashlar_forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L); }
// No core file, no debugger and no reading of /proc/<pid>/mem by processes of the same user.
static inline int ashlar_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }
static inline int ashlar_may_be_dumped(void) { return prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L); }

#include <spawn.h>
// Declared for GNU sources only, which Swift's modules are not.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
static inline int ashlar_close_from(posix_spawn_file_actions_t *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
