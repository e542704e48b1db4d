/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/filesystem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/error.h"
#include "base/own.h"

/* Magic numbers of statfs(2) and linux/magic.h; older headers lack some. */
enum { MAGIC_FUSE = 0x65735546 };

static const struct {
	uint32_t magic;
	const char *name;
} network[] = {
	{0x6969, "nfs"},        {0xFF534D42, "cifs"},   {0xFE534D42, "smb2"},
	{0x517B, "smb"},        {0x01021997, "9p"},     {0x5346414F, "afs"},
	{0x00C36400, "ceph"},   {0x0BD00BD0, "lustre"}, {0x73757245, "coda"},
	{0x47504653, "gpfs"},   {0x7461636F, "ocfs2"},  {0x01161970, "gfs2"},
	{0x786F4256, "vboxsf"}, {0x19830326, "beegfs"}, {MAGIC_FUSE, "fuse"},
};

const char *filesystem_network_name(uint32_t magic)
{
	for (size_t i = 0; i < sizeof network / sizeof *network; i++)
		if (network[i].magic == magic)
			return network[i].name;
	return NULL;
}

/* A line: "36 35 98:0 /root /mount options - type source superoptions". */
void filesystem_type_of(const char *mountinfo, unsigned major, unsigned minor, char out[32])
{
	out[0] = '\0';
	for (const char *line = mountinfo; line && *line;) {
		unsigned a, b;
		const char *end = strchr(line, '\n'), *dash = strstr(line, " - ");
		if (sscanf(line, "%*d %*d %u:%u", &a, &b) == 2 && a == major && b == minor &&
		    dash && (!end || dash < end))
			sscanf(dash + 3, "%31s", out);
		line = end ? end + 1 : NULL;
	}
}

/* FUSE has one number for all: only "fuseblk" (NTFS and the like) is a disk of this machine. */
static void fuse_type(const char *folder, char out[32])
{
	char mountinfo[65536];
	struct stat st;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	size_t len = f ? fread(mountinfo, 1, sizeof mountinfo - 1, f) : 0;
	if (f)
		fclose(f);
	mountinfo[len] = '\0';
	strcpy(out, "fuse");
	if (stat(folder, &st) == 0)
		filesystem_type_of(mountinfo, major(st.st_dev), minor(st.st_dev), out);
}

int filesystem_check_local(const char *folder, struct error *err)
{
	struct statfs fs;
	char type[32];
	if (statfs(folder, &fs) < 0)
		return err_errno(err, errno, "cannot ask what file system \"%s\" is on", folder);
	const char *name = filesystem_network_name((uint32_t)fs.f_type);
	if (!name)
		return 0;
	if ((uint32_t)fs.f_type == MAGIC_FUSE) {
		fuse_type(folder, type);
		if (strcmp(type, "fuseblk") == 0)
			return 0;
		name = *type ? type : name;
	}
	err_set(err, ERR_UNSUPPORTED,
		"\"%s\" is on a network file system (%s), where its database would be damaged",
		folder, name);
	return err_hint(err, "Move the project's folder to a disk of this machine; the lake may "
			     "stay where it is.");
}
