/** Whether one of the console's routes (wouter patterns: `/vms/:vmId?`) takes this address. */
export function hasPage(routes: readonly { readonly path: string }[], address: string): boolean {
  return routes.some(({ path }) => {
    const pattern = path.replaceAll(/\/:\w+\?/g, '(/[^/]+)?').replaceAll(/:\w+/g, '[^/]+');
    return new RegExp(`^${pattern}$`).test(address);
  });
}
