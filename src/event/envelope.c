/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/envelope.c - what every event has around its arguments, in both forms: see table.h */
#include "event/place.h"

#define AT_PROCESS(member) AT(PROCESS, hw_process, member)

static const struct hw_field a_executable[] = {
	{ "path", NULL, "path of the executable", HW_FIELD_TEXT, AT_PROCESS(exe) },
	{ 0 },
};

static const struct hw_field a_container[] = {
	{ "id", NULL, "id of the container", HW_FIELD_TEXT, AT_PROCESS(container_id),
	  .flags = HW_FIELD_OPTIONAL },
	{ "name", NULL, "name of the container", HW_FIELD_TEXT, AT_PROCESS(container_name),
	  .flags = HW_FIELD_OPTIONAL },
	{ "image", NULL, "name of its image", HW_FIELD_TEXT, AT_PROCESS(container_image),
	  .flags = HW_FIELD_OPTIONAL },
	{ "imageDigest", NULL, "digest of its image", HW_FIELD_TEXT,
	  AT_PROCESS(container_image_digest), .flags = HW_FIELD_OPTIONAL },
	{ 0 },
};

static const struct hw_field a_kubernetes[] = {
	{ "podName", NULL, "name of the pod", HW_FIELD_TEXT, AT_PROCESS(pod_name),
	  .flags = HW_FIELD_OPTIONAL },
	{ "podNamespace", NULL, "its namespace", HW_FIELD_TEXT, AT_PROCESS(pod_namespace),
	  .flags = HW_FIELD_OPTIONAL },
	{ "podUID", NULL, "its unique id", HW_FIELD_TEXT, AT_PROCESS(pod_uid),
	  .flags = HW_FIELD_OPTIONAL },
	{ "podSandbox", NULL, "the container is the pod's sandbox", HW_FIELD_BOOL,
	  AT_PROCESS(pod_sandbox), .flags = HW_FIELD_OPTIONAL },
	{ 0 },
};

static const struct hw_field a_context_flags[] = {
	{ "containerStarted", NULL, "the container had started", HW_FIELD_BOOL,
	  AT_PROCESS(container_started) },
	{ "isCompat", NULL, "a 32-bit process on a 64-bit kernel", HW_FIELD_BOOL,
	  AT_PROCESS(is_compat) },
	{ 0 },
};

const struct hw_field hw_envelope_a[] = {
	{ "timestamp", NULL, "when, in nanoseconds since 1970-01-01 UTC", HW_FIELD_TIME,
	  AT_EVENT(time_ns) },
	{ "threadStartTime", NULL, "when the thread began, in the same unit", HW_FIELD_TIME,
	  AT_PROCESS(start_ns) },
	{ "processorId", NULL, "number of the CPU", HW_FIELD_U32, AT_PROCESS(cpu) },
	{ "processId", NULL, "process id in its own pid namespace", HW_FIELD_U32, AT_PROCESS(pid) },
	{ "cgroupId", NULL, "id of the control group", HW_FIELD_U64, AT_PROCESS(cgroup_id) },
	{ "threadId", NULL, "thread id in its own pid namespace", HW_FIELD_U32, AT_PROCESS(tid) },
	{ "parentProcessId", NULL, "parent's process id in that namespace", HW_FIELD_U32,
	  AT_PROCESS(ppid) },
	{ "hostProcessId", NULL, "process id on the host", HW_FIELD_U32, AT_PROCESS(host_pid) },
	{ "hostThreadId", NULL, "thread id on the host", HW_FIELD_U32, AT_PROCESS(host_tid) },
	{ "hostParentProcessId", NULL, "parent's process id on the host", HW_FIELD_U32,
	  AT_PROCESS(host_ppid) },
	{ "userId", NULL, "effective user id", HW_FIELD_U32, AT_PROCESS(uid) },
	{ "mountNamespace", NULL, "inode number of the mount namespace", HW_FIELD_U32,
	  AT_PROCESS(mnt_ns) },
	{ "pidNamespace", NULL, "inode number of the pid namespace", HW_FIELD_U32,
	  AT_PROCESS(pid_ns) },
	{ "processName", NULL, "name of the thread, at most 15 bytes", HW_FIELD_TEXT,
	  AT_PROCESS(comm) },
	{ "executable", NULL, "the program", HW_FIELD_OBJECT, .fields = a_executable },
	{ "hostName", NULL, "name of the host, at most 15 bytes", HW_FIELD_TEXT,
	  AT_PROCESS(host_name) },
	{ "containerId", NULL, "id of the container; empty on the host", HW_FIELD_TEXT,
	  AT_PROCESS(container_id) },
	{ "container", NULL, "the container", HW_FIELD_OBJECT, .fields = a_container },
	{ "kubernetes", NULL, "the pod", HW_FIELD_OBJECT, .fields = a_kubernetes },
	{ "eventId", NULL, "number of the event's type, as text", HW_FIELD_EVENT_ID },
	{ "eventName", NULL, "name of the event's type", HW_FIELD_EVENT_NAME },
	{ "matchedPolicies", NULL, "always [\"\"]: there are no named policies", HW_FIELD_RAW,
	  .constant = "[\"\"]" },
	{ "argsNum", NULL, "number of arguments", HW_FIELD_ARGS_NR },
	{ "returnValue", NULL, "always 0", HW_FIELD_RAW, .constant = "0" },
	{ "syscall", NULL, "name of the system call, where it is known", HW_FIELD_TEXT,
	  AT_PROCESS(syscall) },
	{ "stackAddresses", NULL, "always [0]", HW_FIELD_RAW, .constant = "[0]" },
	{ "contextFlags", NULL, "about the process", HW_FIELD_OBJECT, .fields = a_context_flags },
	{ "threadEntityId", NULL, "hash of the thread's start time and id", HW_FIELD_U32,
	  AT_PROCESS(thread_entity) },
	{ "processEntityId", NULL, "the same of the process", HW_FIELD_U32,
	  AT_PROCESS(process_entity) },
	{ "parentEntityId", NULL, "the same of the parent", HW_FIELD_U32,
	  AT_PROCESS(parent_entity) },
	{ "args", NULL, "the arguments", HW_FIELD_ARGS },
	{ "httpwire", NULL, "what Tracee has not; left out with --strict", HW_FIELD_EXTRA },
	{ 0 },
};

static const struct hw_field b_policies[] = {
	{ "matched", NULL, "always [\"\"]: there are no named policies", HW_FIELD_RAW,
	  .constant = "[\"\"]" },
	{ 0 },
};

static const struct hw_field b_user[] = {
	{ "id", NULL, "effective user id", HW_FIELD_U32, AT_PROCESS(uid) },
	{ 0 },
};

static const struct hw_field b_thread[] = {
	{ "start_time", NULL, "when the thread began", HW_FIELD_TIME, AT_PROCESS(start_ns) },
	{ "name", NULL, "name of the thread, at most 15 bytes", HW_FIELD_TEXT, AT_PROCESS(comm),
	  .flags = HW_FIELD_OPTIONAL },
	{ "unique_id", NULL, "hash of the thread's start time and id", HW_FIELD_U32,
	  AT_PROCESS(thread_entity) },
	{ "host_tid", NULL, "thread id on the host", HW_FIELD_U32, AT_PROCESS(host_tid) },
	{ "tid", NULL, "thread id in its own pid namespace", HW_FIELD_U32, AT_PROCESS(tid) },
	{ "syscall", NULL, "name of the system call, where it is known", HW_FIELD_TEXT,
	  AT_PROCESS(syscall), .flags = HW_FIELD_OPTIONAL },
	{ "compat", NULL, "a 32-bit process on a 64-bit kernel", HW_FIELD_BOOL,
	  AT_PROCESS(is_compat), .flags = HW_FIELD_OPTIONAL },
	{ "user_stack_trace", NULL, "always one address 0", HW_FIELD_RAW,
	  .constant = "{\"addresses\":[{\"address\":0,\"symbol\":\"\"}]}" },
	{ 0 },
};

static const struct hw_field b_parent[] = {
	{ "unique_id", NULL, "hash of the parent's start time and id", HW_FIELD_U32,
	  AT_PROCESS(parent_entity) },
	{ "host_pid", NULL, "parent's process id on the host", HW_FIELD_U32,
	  AT_PROCESS(host_ppid) },
	{ "pid", NULL, "parent's process id in the process's pid namespace", HW_FIELD_U32,
	  AT_PROCESS(ppid) },
	{ 0 },
};

static const struct hw_field b_process[] = {
	{ "executable", NULL, "the program", HW_FIELD_OBJECT, .fields = a_executable,
	  AT_PROCESS(exe), .flags = HW_FIELD_OPTIONAL, .when = HW_FIELD_TEXT },
	{ "unique_id", NULL, "hash of the process's start time and id", HW_FIELD_U32,
	  AT_PROCESS(process_entity) },
	{ "host_pid", NULL, "process id on the host", HW_FIELD_U32, AT_PROCESS(host_pid) },
	{ "pid", NULL, "process id in its own pid namespace", HW_FIELD_U32, AT_PROCESS(pid) },
	{ "real_user", NULL, "the user", HW_FIELD_OBJECT, .fields = b_user },
	{ "thread", NULL, "the thread", HW_FIELD_OBJECT, .fields = b_thread },
	{ "ancestors", NULL, "the parent", HW_FIELD_OBJECT, .fields = b_parent,
	  AT_PROCESS(parent_entity), .flags = HW_FIELD_OPTIONAL | HW_FIELD_IN_LIST,
	  .when = HW_FIELD_U32 },
	{ 0 },
};

static const struct hw_field b_image[] = {
	{ "id", NULL, "always empty", HW_FIELD_RAW, .constant = "\"\"" },
	{ "repo_digests", NULL, "digest of the image", HW_FIELD_TEXT,
	  AT_PROCESS(container_image_digest), .flags = HW_FIELD_OPTIONAL | HW_FIELD_IN_LIST },
	{ "name", NULL, "name of the image", HW_FIELD_TEXT, AT_PROCESS(container_image) },
	{ 0 },
};

static const struct hw_field b_container[] = {
	{ "id", NULL, "id of the container", HW_FIELD_TEXT, AT_PROCESS(container_id) },
	{ "name", NULL, "name of the container", HW_FIELD_TEXT, AT_PROCESS(container_name) },
	{ "image", NULL, "the container's image", HW_FIELD_OBJECT, .fields = b_image,
	  AT_PROCESS(container_image), .flags = HW_FIELD_OPTIONAL, .when = HW_FIELD_TEXT },
	{ "started", NULL, "the container had started", HW_FIELD_BOOL,
	  AT_PROCESS(container_started) },
	{ 0 },
};

static const struct hw_field b_pod[] = {
	{ "name", NULL, "name of the pod", HW_FIELD_TEXT, AT_PROCESS(pod_name) },
	{ "uid", NULL, "its unique id", HW_FIELD_TEXT, AT_PROCESS(pod_uid) },
	{ 0 },
};

static const struct hw_field b_namespace[] = {
	{ "name", NULL, "namespace of the pod", HW_FIELD_TEXT, AT_PROCESS(pod_namespace) },
	{ 0 },
};

static const struct hw_field b_k8s[] = {
	{ "pod", NULL, "the pod", HW_FIELD_OBJECT, .fields = b_pod },
	{ "namespace", NULL, "its namespace", HW_FIELD_OBJECT, .fields = b_namespace },
	{ 0 },
};

static const struct hw_field b_workload[] = {
	{ "process", NULL, "the process", HW_FIELD_OBJECT, .fields = b_process },
	{ "container", NULL, "the container", HW_FIELD_OBJECT, .fields = b_container,
	  AT_PROCESS(container_id), .flags = HW_FIELD_OPTIONAL, .when = HW_FIELD_TEXT },
	{ "k8s", NULL, "the pod", HW_FIELD_OBJECT, .fields = b_k8s, AT_PROCESS(pod_name),
	  .flags = HW_FIELD_OPTIONAL, .when = HW_FIELD_TEXT },
	{ 0 },
};

const struct hw_field hw_envelope_b[] = {
	{ "timestamp", NULL, "when, RFC 3339 in UTC", HW_FIELD_TIME, AT_EVENT(time_ns) },
	{ "id", NULL, "number of the event's type", HW_FIELD_EVENT_ID },
	{ "name", NULL, "name of the event's type", HW_FIELD_EVENT_NAME },
	{ "policies", NULL, "policies", HW_FIELD_OBJECT, .fields = b_policies },
	{ "workload", NULL, "who", HW_FIELD_OBJECT, .fields = b_workload },
	{ "data", NULL, "the arguments", HW_FIELD_ARGS },
	{ 0 },
};
