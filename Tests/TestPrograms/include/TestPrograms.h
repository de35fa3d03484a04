#ifndef TEST_PROGRAMS_H
#define TEST_PROGRAMS_H

/// Starts a program, posix_spawn(3): it inherits three streams and nothing else, and takes signals as they come.
///
/// `arguments` and `variables` end with NULL; `folder` is its working directory, or NULL for that of this process. Of
/// `streams`, those for its descriptors 0 to 2, a negative one stands for that of this process.
///
/// Returns its id, or the negative errno.
long test_program_start(const char *path, char *const *arguments, char *const *variables, const char *folder,
                        const int *streams);

#endif
