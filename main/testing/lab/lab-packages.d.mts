export declare const labPackages: readonly string[];
export declare const miniGuestPackages: readonly string[];
