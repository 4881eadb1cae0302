export { measurePackages, type PackagesUsage, type PackageUsage } from './package-usage.ts';
