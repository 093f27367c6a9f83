enum RiffleAdminModule {}
