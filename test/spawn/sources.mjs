// Which tests of others are about what this package offers, and what became of each? `by` has a claim of fixtures/elsewhere.mjs, fixtures/by-the-source.mjs or
// fixtures/node-and-ltp.mjs that stands for several; a claim that is called as its tests are is not named again. `not` says why there is none. The tests of
// Windows, of the shell option and of a language's own objects have no claim anywhere.

/**
 * Of one test file each, as it was on its main branch in 2026, or in the newest text of it that was to be had. test_subprocess.py, test_process.rb, Node's and
 * LTP's were read; of LTP's long ones on fcntl(2)'s locks what they are about, and not each of their cases; the files of test_posix, test_os, test_pty and
 * node-pty in part.
 */
export const SOURCES = {
  'python/cpython Lib/test/test_subprocess.py': {
    by: {
      test_call_seq: ['test_check_call_zero', 'test_check_call_nonzero', 'test_returncode'],
      test_executable_different_argv0: ['test_executable', 'test_bytes_executable', 'test_executable_without_cwd'],
      test_cwd_with_relative_executable: ['test_cwd', 'test_cwd_with_relative_executable'],
      test_stdin_pipe_and_filedes: [
        ...['test_stdin_pipe', 'test_stdin_filedes', 'test_stdin_fileobj', 'test_check_output_stdin_arg'],
        ...['test_communicate_stdin', 'test_check_output_input_arg'],
      ],
      test_stdout_stderr_filedes_are_one: ['test_stdout_filedes', 'test_stdout_fileobj', 'test_stderr_filedes', 'test_stderr_fileobj', 'test_stdout_stderr_file'], // prettier-ignore
      test_stderr_pipe: ['test_stdout_pipe', 'test_communicate_stdout', 'test_communicate_stderr', 'test_capture_stdout', 'test_capture_stderr'], // prettier-ignore
      test_env_and_empty_env: ['test_env', 'test_empty_env', 'test_one_environment_variable', 'test_call_kwargs', 'test_run_kwargs'], // prettier-ignore
      test_invalid_env_and_args: ['test_invalid_env', 'test_invalid_args'],
      test_communicate_more_than_a_pipe_holds: ['test_communicate', 'test_communicate_pipe_buf', 'test_pipeline_large_data_no_deadlock', 'test_pipeline_large_data_with_stderr'], // prettier-ignore
      test_communicate_epipe: ['test_communicate_epipe_only_stdin', 'test_communicate_BrokenPipeError_stdin_write'],
      test_poll_and_wait_timeout: ['test_poll', 'test_wait', 'test_wait_timeout'],
      test_no_leaking_and_handles_closed_on_exception: ['test_handles_closed_on_exception', 'test_failed_child_execute_fd_leak'], // prettier-ignore
      test_send_signal_to_the_dead: ['test_send_signal_dead', 'test_kill_dead', 'test_terminate_dead'],
      test_terminate_kill_and_names_of_signals: ['test_send_signal', 'test_kill', 'test_terminate'],
      test_pipe_cloexec: ['test_pipe_cloexec_real_tools'],
      test_start_new_session_and_process_group: ['test_start_new_session', 'test_process_group_0'],
      test_user_group_and_extra_groups: ['test_user', 'test_group', 'test_extra_groups', 'test_extra_groups_empty_list'], // prettier-ignore
      test_user_group_and_umask_out_of_range: ['test_extra_groups_invalid_gid_t_values'],
      test_exception_cwd_and_executable: ['test_exception_cwd', 'test_exception_bad_executable', 'test_exception_bad_args_0'], // prettier-ignore
      test_file_not_found_includes_filename: ['test_file_not_found_with_bad_cwd'],
      test_double_close_on_error: ['test_preexec_errpipe_does_not_double_close_pipes'],
      test_undecodable_env_and_bytes_program: ['test_undecodable_env', 'test_run_with_bytes_path_and_arguments'],
      test_run_with_shell_timeout_and_capture_output: [
        ...['test_call_timeout', 'test_timeout', 'test_check_output_timeout', 'test_communicate_timeout_large_input'],
        ...['test_communicate_timeout_large_output', 'test_pipeline_timeout', 'test_pipeline_timeout_large_input'],
      ],
      test_pipeline_three_commands: ['test_pipeline_basic', 'test_pipeline_with_input', 'test_pipeline_first_command_fails', 'test_pipeline_env', 'test_pipeline_cwd'], // prettier-ignore
      test_pipeline_memoryview_input_nonbyte: ['test_communicate_memoryview_input', 'test_communicate_memoryview_input_nonbyte', 'test_pipeline_memoryview_input'], // prettier-ignore
      'preexec_fn, universal_newlines, bufsize, input, check, restore_signals, close_fds: test_preexec*, test_universal_newlines*, test_bufsize*, …': ['test_stdout_with_capture_output_arg', 'test_pipesizes', 'test_invalid_bufsize'], // prettier-ignore
      'a command for a shell: test_call_string, test_sh_comment, test_sh_env, test_shell_sequence': ['test_shell_sequence', 'test_shell_string', 'test_executable_replaces_shell'], // prettier-ignore
      clone3_and_unshare_at_a_limit: ['test_preexec_fork_failure'],
    },
    not: {
      'what runs in the child before the program is fork()’s, tested in test/fork': ['test_preexec', 'test_preexec_exception', 'test_preexec_gc_module_failure', 'test_preexec_at_exit', 'test_close_fds_after_preexec', 'test_surrogates_error_message'], // prettier-ignore
      'mocks of subprocess’s own insides': ['test_exception_errpipe_normal', 'test_exception_errpipe_bad_data', 'test_fork_exec', 'test_communicate_BrokenPipeError_stdin_close', 'test_communicate_BrokenPipeError_stdin_flush', 'test_communicate_BrokenPipeError_stdin_close_with_timeout'], // prettier-ignore
      'there is no error that stands for a status': ['test_CalledProcessError_str_signal', 'test_CalledProcessError_str_unknown_signal', 'test_CalledProcessError_str_non_zero', 'test_check', 'test_check_zero', 'test_pipeline_error_check', 'test_pipeline_error_str', 'test_pipeline_error_pickle'], // prettier-ignore
      'Node’s streams decode and buffer': ['test_io_buffered_by_default', 'test_io_unbuffered_works', 'test_universal_newlines_and_text', 'test_universal_newlines_communicate_encodings', 'test_communicate_errors', 'test_select_unbuffered', 'test_encoding_warning'], // prettier-ignore
      'how, and not what: bench/README.md measures it': ['test_vfork_used_when_expected'],
      'Python’s objects': ['test_repr', 'test_class_getitems', 'test_list2cmdline', 'test_pathlike_executable', 'test_cwd_with_pathlike', 'test_run_with_pathlike_path'], // prettier-ignore
    },
  },
  'python/cpython Lib/test/test_posix.py, test_os.py (exec, spawn), test_pty.py': {
    by: {
      test_exception_cwd_and_executable: ['test_no_such_executable'],
      test_env_and_empty_env: ['test_specify_environment'],
      test_start_new_session_and_process_group: ['test_setsid'],
      test_setsigmask_and_setsigdef: ['test_setsigmask'],
      test_posix_spawn_open_file_and_close_file: ['test_open_file'],
      mkfifo01_to_09: ['test_mkfifo'],
      setrlimit01_to_06_and_prlimit: ['test_prlimit'],
      'ExecTests: test_execvpe_with_bad_program, test_execv_with_bad_arglist, test_execve_invalid_env, test_execve_with_empty_path': ['test_execvpe_with_bad_arglist', 'test_internal_execvpe_str'], // prettier-ignore
      'SpawnTests: test_nowait, test_spawnve_bytes, test_spawnve_invalid_env': ['test_spawnv', 'test_spawnve', 'test_spawnvp', 'test_spawnvpe', 'test_spawnvpe_invalid_env'], // prettier-ignore
      setpriority01_and_02_and_getpriority02: ['test_set_get_priority'],
    },
    not: {
      'a program without a descriptor 0, 1 or 2 cannot be had: what is not named is inherited, and `ignore` is /dev/null': ['test_close_file'], // prettier-ignore
      'uid and gid say it': ['test_resetids', 'test_resetids_explicit_default'],
      'an empty list of arguments is a program’s right here: argv[0] is its name': ['test_spawnv_noargs', 'test_spawnve_noargs'], // prettier-ignore
      'pty.spawn()’s copying of a terminal is a line of pipe()': ['test__copy_to_each', 'test__copy_eof_on_all'],
      'Node.js has it: process.setgroups(), fs.*, os.*': ['test_initgroups', 'test_setgroups', 'test_getlogin'],
      'Linux has none': ['test_ptsname_r'],
    },
  },
  'ruby/ruby test/ruby/test_process.rb': {
    by: {
      test_rlimit_nofile_and_names: ['test_rlimit_nofile', 'test_rlimit_name', 'test_rlimit_availability'],
      test_execopts_unsetenv_others_and_env: ['test_execopts_unsetenv_others', 'test_execopts_env_single_word', 'test_execopts_env_popen_vector'], // prettier-ignore
      test_execopts_redirect_fd: ['test_execopts_redirect', 'test_execopts_popen', 'test_execopts_exec'],
      test_execopts_uid_and_gid: ['test_execopts_uid', 'test_execopts_gid'],
      test_fd_inheritance_and_close_others: ['test_fd_inheritance', 'test_execopts_close_others'],
      test_argv0_and_nonascii: ['test_argv0', 'test_spawn_nonascii'],
      test_status_kill_quit_and_fail: ['test_status', 'test_status_kill', 'test_status_quit', 'test_abort'],
      test_wait_and_waitall: ['test_wait_without_arg', 'test_wait2', 'test_waitall'],
      test_too_long_path_and_arguments: ['test_spawn_too_long_path', 'test_aspawn_too_long_path'],
      'users and groups by their names: test_user, test_execopts_gid': ['test_seteuid_name'],
      'a command for a shell: test_call_string, test_sh_comment, test_sh_env, test_shell_sequence': ['test_sh_comment', 'test_sh_env', 'test_sh_exec', 'test_spawn_wordsplit', 'test_spawn_shell', 'test_exec_shell'], // prettier-ignore
      'functions of no use beside Node.js’s own: clock_gettime, nice, waitstatus_to_exitcode, sched_yield, sendfile, …': ['test_clock_gettime', 'test_clock_getres', 'test_maxgroups'], // prettier-ignore
    },
    not: {
      'a descriptor of the child’s as the source of another: the same source is named twice': ['test_execopts_redirect_dup2_child'], // prettier-ignore
      'a stream is no source: its descriptor is': ['test_execopts_duplex_io'],
      'fork() is tested in test/fork, daemonize() in test/daemon': ['test_popen_fork', 'test_daemon_default', 'test_daemon_noclose', 'test_daemon_nochdir_noclose', 'test_daemon_readwrite', 'test_daemon_pid', 'test_daemon_no_threads'], // prettier-ignore
      'Node.js has it: process.getuid() and others': ['test_getuid', 'test_groups', 'test_geteuid', 'test_seteuid', 'test_getegid', 'test_setegid'], // prettier-ignore
      'SIGPIPE of `yes | ls` is a shell’s': ['test_system_sigpipe'],
    },
  },
  'linux-test-project/ltp testcases/kernel/syscalls/*, testcases/kernel/pty': {
    by: {
      'execve01: arguments and environment arrive, execve06: an empty list of arguments': ['execvp01'],
      execve02_to_06_and_execveat: ['execve03', 'execveat02', 'execve04 until 2018 (EMFILE: here no number is taken)'],
      waitpid01_to_13: ['waitpid01', 'waitpid04', 'waitpid06', 'waitpid07', 'waitpid08', 'waitpid09', 'wait02', 'wait401', 'wait402', 'kill09'], // prettier-ignore
      waitid01_to_11: ['waitid01', 'waitid03', 'waitid04', 'waitid05', 'waitid07', 'waitid08', 'waitid09'],
      setpriority01_and_02_and_getpriority02: ['setpriority01', 'getpriority02'],
      setrlimit01_to_06_and_prlimit: ['setrlimit06', 'setrlimit07'],
      sched_setaffinity_and_setns: ['sched_setaffinity01', 'setns02'],
      dup201_to_207: ['dup201', 'dup206'],
      fcntl_dupfd_getfd_getfl: ['fcntl08', 'fcntl29'],
      mkfifo01_to_09: ['mknod06 (of a FIFO)'],
      pipe01_to_pipe2_04: ['pipe12', 'pipe2_02', 'pipe2_04'],
      'double-pipe': ['pipe10'],
      pidfd_open01_to_04: ['pidfd_open01'],
      'pidfd_open02, pidfd_open04, pidfd_send_signal01 to 03: a signal reaches that process only': ['pidfd_send_signal03 (its pid anew: never a stranger’s)'], // prettier-ignore
      'prctl01: PR_SET_PDEATHSIG, prctl05: PR_SET_NAME': ['prctl06 (test/spawn/who.test.mjs)'],
      flock01_to_06: ['flock01', 'flock03', 'flock06'],
      test_fd_inheritance_and_close_others: ['close_range01 (all that is not named is closed)'],
      'waitpid11, waitpid12, waitpid13: by group, of this process’s and of another': ['setpgid01'],
      'getrlimit01 to 03, setrlimit01, setrlimit03, setrlimit04: all resources': [
        'fork12 (as many as there may be: EAGAIN)',
      ],
    },
    not: {
      'what a C program alone can pass (addresses, sizes)': ['clone302', 'waitid02 (EFAULT)', 'prctl02', 'getrlimit02', 'setrlimit05', 'wait403 (INT_MIN: refused before)'], // prettier-ignore
      'the three system calls of getrlimit(2) are compared': ['getrlimit03'],
      'clone3’s cgroup: test/spawn/place.test.mjs, where there is one to write to': ['clone303'],
      'no such option of prctl(2): seccomp, ambient capabilities, timer slack, the time stamp counter': ['prctl04', 'prctl07', 'prctl08', 'prctl09', 'prctl10'], // prettier-ignore
      'CLONE_FILES, CLONE_FS, set_tid: of a process’s own, while here a program is started': ['unshare03 (EMFILE)', 'unshare04', 'clone304 (set_tid)'], // prettier-ignore
      'sigqueue(3)’s data': ['pidfd_send_signal01', 'clone301 (its last case)'],
      'PIDFD_NONBLOCK: here waitidSync() has nohang, and waitid() does not block': ['pidfd_open04 (EAGAIN)'],
      'how much of a processor a thread gets: the kernel’s own': ['nice05'],
      SCHED_RESET_ON_FORK: ['sched_setscheduler04'],
      'the kernel’s own rule for a process without rights, which no option changes': ['sched_setscheduler03'],
      'a signal does not end a wait for a lock: its handler is JavaScript, and runs after the call': ['flock07'],
      'devices, and files that are no pipes: mknod(1)': ['mknod01 (devices)', 'mknod09'],
      'fcntl’s other commands: leases, owners, signals, notices, a pipe’s size, whether open() created it': ['fcntl35', 'fcntl37', 'fcntl39', 'fcntl40'], // prettier-ignore
      'fcntl’s locks of parts of a file: here there is flock(2)': ['fcntl05', 'fcntl11', 'fcntl14', 'fcntl15', 'fcntl16', 'fcntl17', 'fcntl18', 'fcntl19', 'fcntl20', 'fcntl21', 'fcntl22', 'fcntl34', 'fcntl36'], // prettier-ignore
      'other line disciplines than a terminal’s, and virtual consoles': ['pty03', 'pty04', 'pty05', 'pty06', 'pty07'],
      'tested with the rest of the process: test/process/process.test.mjs': ['prctl03 (a child subreaper)'],
      'of i386, and of 16 TB of memory: the kernel’s own': ['fork05', 'fork14'],
      'the kernel’s limit of all pipes of a user': ['pipe15'],
      'a break, for which a pseudo-terminal has no line': ['ptem03'],
    },
  },
  'nodejs/node test/parallel and test/sequential/test-child-process-*.js': {
    by: {
      'spawn-argv0 and validate-stdio': ['spawn-argv0', 'validate-stdio', 'fork-stdio-string-variant'],
      test_invalid_env_and_args: ['reject-null-bytes'],
      cwd: ['exec-cwd'],
      env: ['exec-env', 'spawnsync-env'],
      'spawn-typeerror': ['constructor', 'fork-args'],
      'spawn-args': ['spawnsync-args'],
      'spawn-controller': [
        'execFile-promisified-abortController',
        'exec-abortcontroller-promisified',
        'fork-abort-signal',
      ],
      'spawn-timeout-kill-signal': ['exec-timeout-expire', 'exec-timeout-kill', 'fork-timeout-kill-signal', 'spawnsync-timeout', 'spawnsync-kill-signal'], // prettier-ignore
      'exit-code: of a script, and of one that throws': ['spawnsync'],
      'stdout-flush-exit and emfile': ['stdout-flush', 'stdout-flush-exit', 'emfile'],
      'flush-stdio: output that is read after the end': ['buffering'],
      'test_pipeline_large_data_three_stages, test_pipeline_intermediate_stdout_closed_in_parent': ['pipe-dataflow'],
      'test_writes_before_communicate, test_communicate_stdin_closed_before_call': ['ipc'],
      'kill, destroy, stdin: the streams of a program that was ended': ['stdio'],
      'execve02, setpriority02, nice04, sched_setscheduler02, setrlimit02, kill05, setgroups03: without rights': [
        'uid-gid',
      ],
      'spawn-shell, exec-maxbuf and windows-hide': ['spawn-shell', 'spawnsync-shell', 'exec-maxbuf', 'execfile-maxbuf', 'spawnsync-maxbuf', 'execsync-maxbuf', 'execfilesync-maxbuf', 'exec-encoding', 'exec-std-encoding', 'windows-hide'], // prettier-ignore
      'events, send() and maxBuffer of child_process: spawn-event, fork*, send*, exec-maxbuf*, disconnect*, advanced-serialization*': ['spawn-event', 'disconnect', 'fork-ref', 'fork-stdio', 'send-cb', 'send-returns-boolean', 'internal', 'silent', 'stdin-ipc', 'stdout-ipc', 'http-socket-leak', 'advanced-serialization'], // prettier-ignore
      'recv-handle, fork-net, fork-dgram: a descriptor comes with its own message': [
        'recv-handle',
        'fork-net',
        'fork-dgram',
      ],
      'promisified, exec-*: what a program that fails has said': ['promisified', 'exec-error', 'exec-stdout-stderr-data-string', 'execsync', 'spawn-windows-batch-file (elsewhere: ENOENT)'], // prettier-ignore
      test_file_not_found_includes_filename: ['spawn-error'],
      test_communicate_more_than_a_pipe_holds: ['stdio-big-write-end'],
      test_issue8780_stdout_is_inherited: ['can-write-to-stdout', 'fork-and-spawn', 'spawnsync-input (inherit)'],
      test_stdin_pipe_and_filedes: ['spawnsync-input (input)'],
      'fork, fork-close, fork-ref2, ipc-next-tick, send-*, advanced-serialization-*: the messages of a forked child': [
        ...[
          'fork',
          'fork3',
          'fork-close',
          'fork-ref2',
          'ipc-next-tick',
          'send-after-close',
          'send-type-error',
          'send-utf8',
        ],
        ...['advanced-serialization-largebuffer', 'advanced-serialization-splitted-length-field'],
      ],
      'fork01, fork03, fork04, fork06, fork11, fork13, fork_procs: who a child is, and the status of each': ['fork-exec-argv'], // prettier-ignore
      'execve04: a file that is being written': ['fork-exec-path (a copy of a program)'],
      'fork-net-server, fork-net-socket, fork-getconnections, send-keep-open: a server and connections of several processes': ['fork-net-server', 'fork-net-socket', 'fork-getconnections', 'send-keep-open'], // prettier-ignore
    },
    not: {
      'mocks of child_process’s own insides': ['bad-stdio', 'exec-kill-throws'],
      'an option of Windows': ['stdio-overlapped'],
      'what it sets it sets in both processes': ['no-deprecation'],
      'the option reusePort of sockets': ['dgram-reuseport', 'net-reuseport'],
      'of Windows': ['exec-any-shells-windows'],
      'cluster’s own queue of handles': ['fork-regr-gh-2847'],
    },
  },
  'microsoft/node-pty src/unixTerminal.test.ts': { by: {}, not: { 'all of Linux are in test/terminal/fixtures/node-pty.mjs': [], macOS: ['should throw a descriptive error when spawn-helper is missing', 'should return the name of the process'] } }, // prettier-ignore
};
