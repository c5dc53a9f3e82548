const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/**
 * Keys of the Go provider's configuration file that belong to its other modules (v1.10.1). They are accepted as they
 * are and named in one notice: one file serves both programs.
 */
export const OTHER_MODULES_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': words('Env AppID'),
  BsDB: words(`
    User Passwd Address Database ConnMaxLifetime ConnMaxIdleTime MaxIdleConns MaxOpenConns EnableTracePutEvent
  `),
  PieceStore: words('Shards'),
  'PieceStore.Store': words('Storage BucketURL MaxRetries MinRetryDelay TLSInsecureSkipVerify IAMType'),
  Chain: words(`
    SealGasLimit SealFeeAmount RejectSealGasLimit RejectSealFeeAmount DiscontinueBucketGasLimit
    DiscontinueBucketFeeAmount CreateGlobalVirtualGroupGasLimit CreateGlobalVirtualGroupFeeAmount
    CompleteMigrateBucketGasLimit CompleteMigrateBucketFeeAmount
  `),
  SpAccount: words('FundingPrivateKey SealPrivateKey ApprovalPrivateKey GcPrivateKey BlsPrivateKey'),
  Endpoint: words(`
    ApproverEndpoint ManagerEndpoint DownloaderEndpoint ReceiverEndpoint MetadataEndpoint UploaderEndpoint
    AuthenticatorEndpoint
  `),
  Approval: words('BucketApprovalTimeoutHeight ObjectApprovalTimeoutHeight'),
  Bucket: words('AccountBucketNumber MaxListReadQuotaNumber MaxPayloadSize'),
  Gateway: words('DomainName HTTPAddress'),
  Executor: words(`
    MaxExecuteNumber AskTaskInterval AskReplicateApprovalTimeout AskReplicateApprovalExFactor
    ListenSealTimeoutHeight ListenSealRetryTimeout MaxListenSealRetry MaxObjectMigrationRetry
    ObjectMigrationRetryTimeout EnableSkipFailedToMigrateObject BucketTrafficKeepTimeDay ReadRecordKeepTimeDay
    ReadRecordDeleteLimit
  `),
  Parallel: words(`
    GlobalCreateBucketApprovalParallel GlobalCreateObjectApprovalParallel GlobalMaxUploadingParallel
    GlobalUploadObjectParallel GlobalReplicatePieceParallel GlobalSealObjectParallel GlobalReceiveObjectParallel
    GlobalRecoveryPieceParallel GlobalMigrateGVGParallel GlobalBackupTaskParallel GlobalDownloadObjectTaskCacheSize
    GlobalChallengePieceTaskCacheSize GlobalSyncConsensusInfoInterval GlobalGCObjectParallel
    GlobalGCBucketMigrationParallel GlobalGCZombieParallel GlobalGCMetaParallel GlobalGCStaleVersionObjectParallel
    UploadObjectParallelPerNode ReceivePieceParallelPerNode DownloadObjectParallelPerNode
    ChallengePieceParallelPerNode QuerySPParallelPerNode DiscontinueBucketEnabled DiscontinueBucketTimeInterval
    DiscontinueBucketKeepAliveDays LoadReplicateTimeout LoadSealTimeout
  `),
  Task: words(`
    UploadTaskSpeed DownloadTaskSpeed ReplicateTaskSpeed ReceiveTaskSpeed SealObjectTaskTimeout SealObjectTaskRetry
    ReplicateTaskRetry ReceiveConfirmTaskRetry GcObjectTaskTimeout GcZombieTaskTimeout GcMetaTaskTimeout
    GcObjectTaskRetry GcZombieTaskRetry GcMetaTaskRetry
  `),
  Monitor: words('DisablePProf PProfHTTPAddress'),
  BlockSyncer: words('Modules Workers CommitNumber BsDBWriteAddress DataMonitor DataStatisticsDuration'),
  'BlockSyncer.ChainDataStorage': words('EnableStorage MaximumStorageCount'),
  APIRateLimiter: words('PathPattern HostPattern APILimits NameToLimit'),
  'APIRateLimiter.IPLimitCfg': words('On RateLimit RatePeriod'),
  Manager: words(`
    EnableLoadTask EnableHealthyChecker SubscribeSPExitEventIntervalMillisecond
    SubscribeSwapOutExitEventIntervalMillisecond SubscribeBucketMigrateEventIntervalMillisecond GVGPreferSPList
    SPBlackList EnableTaskRetryScheduler RejectUnsealThresholdSecond EnableBucketMigrateCache
  `),
  GC: words(`
    GCObjectTimeInterval GCObjectBlockInterval GCObjectSafeBlockDistance EnableGCZombie GCZombieSafeObjectIDDistance
    GCZombiePieceTimeInterval GCZombiePieceObjectIDInterval EnableGCMeta GCMetaTimeInterval
    EnableGCStaleVersionObject GCStaleVersionTimeInterval EnableGCExpiredOffChainAuthKeys
    GCExpiredOffChainAuthKeysTimeInterval
  `),
  Quota: words('MonthlyFreeQuota')
}
