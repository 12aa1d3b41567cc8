/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_container.c */
#include "unit/unit.h"

#include "live/container.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba98fedcba98fedcba98fedcba98fedcba98fedcba98fedcba98fedcba98"
#define UID "12345678-9abc-def0-1234-56789abcdef0"
#define HASH "0123456789abcdef0123456789abcdef"
#define UID_ "12345678_9abc_def0_1234_56789abcdef0"

static void knows_the_forms_of_all_runtimes(void **state)
{
	static const struct {
		const char *path, *id, *pod_uid;
	} cases[] = {
		{ "/", "", "" },
		{ "/user.slice/user-0.slice/session-1.scope", "", "" },
		{ "/system.slice/ssh.service", "", "" },
		{ "/docker/" ID, ID, "" },
		{ "/system.slice/docker-" ID ".scope", ID, "" },
		{ "/system.slice/docker-" ID ".scope/init.scope", ID, "" },
		{ "/docker/" ID "/docker/" OTHER, OTHER, "" },
		{ "/kubepods/burstable/pod" UID "/" ID, ID, UID },
		{ "/kubepods/pod" UID "/" ID, ID, UID },
		{ "/kubepods/burstable/pod" HASH "/" ID, ID, HASH }, /* a static pod's */
		{ "/kubepods.slice/kubepods-pod" HASH ".slice/crio-" ID ".scope", ID, HASH },
		{ "/kubepods/burstable/pod" HASH "0/" ID, ID, "" },
		{ "/kubepods/burstable/pod0123456789ABCDEF0123456789ABCDEF/" ID, ID, "" },
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
		  ".slice/cri-containerd-" ID ".scope",
		  ID, UID_ },
		{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope", ID, UID_ },
		{ "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort-pod" UID_
		  ".slice/cri-containerd-" ID ".scope",
		  ID, UID_ },
		{ "/kubelet/kubepods/besteffort/pod" UID "/" ID, ID, UID },
		{ "/of-mine-pod" UID_ ".slice/" ID, ID, "" },
		{ "/system.slice/containerd.service/kubepods-burstable-pod" UID_
		  ".slice:cri-containerd:" ID,
		  ID, UID_ },
		{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" ID ".scope", "", UID_ },
		{ "/machine.slice/libpod-" ID ".scope/container", ID, "" },
		{ "/machine.slice/libpod-conmon-" ID ".scope", "", "" },
		{ "/libpod_parent/libpod-" ID, ID, "" },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		  ".scope/container",
		  ID, "" },
		{ "/system.slice/nerdctl-" ID ".scope", ID, "" },
		{ "/system.slice/web.service/libpod-payload-" ID "/init.scope", ID, "" },
		{ "/system.slice/web.service/runtime", "", "" },
		{ "/lxc.payload.web1/system.slice/nginx.service", "web1", "" },
		{ "/lxc/101/ns/system.slice/nginx.service", "101", "" },
		{ "/lxc/101/ns/docker/" ID, ID, "" },
		{ "/lxc.monitor/101", "", "" },
		{ "/system.slice/lxc.service", "", "" },
		{ "/lxc.payload/web1", "web1", "" },
		{ "/machine.slice/machine-web\\x2d1.scope/payload/init.scope", "web\\x2d1", "" },
		{ "/machine.slice/systemd-nspawn@web.service/payload", "web", "" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/vcpu0", "", "" },
		{ "/default/" ID, ID, "" },
		{ "/docker/0123456789abcdef", "", "" },
		{ "/docker/" ID "0", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hw_container c = hw_container_of(hw_slice_text(cases[i].path));

		assert_slice_equal(c.id, hw_slice_text(cases[i].id));
		assert_slice_equal(c.pod_uid, hw_slice_text(cases[i].pod_uid));
	}
}

static void undoes_what_systemd_writes_for_other_letters(void **state)
{
	static const struct {
		const char *id, *expected;
	} cases[] = {
		{ "", "" },
		{ "web", "web" },
		{ "web\\x2d1", "web-1" },
		{ "\\x2d\\x2D", "--" },
		{ "web\\x2", "web\\x2" },
		{ "web\\x2g", "web\\x2g" },
		{ "web\\", "web\\" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[16];

		assert_slice_equal(
			hw_slice(got, hw_container_unescape(hw_slice_text(cases[i].id), got)),
			hw_slice_text(cases[i].expected));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undoes_what_systemd_writes_for_other_letters),
		cmocka_unit_test(knows_the_forms_of_all_runtimes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
